package jobs

import (
	"errors"
	"net/netip"
	"testing"
)

func TestOpenAddresses(t *testing.T) {
	for _, a := range []string{"8.8.8.8", "1.1.1.1", "203.0.112.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"} {
		if !open(netip.MustParseAddr(a)) {
			t.Errorf("%s is refused", a)
		}
	}
}

func TestClosedAddresses(t *testing.T) {
	list := []string{
		"127.0.0.1", "127.255.255.254", "0.0.0.0", "0.1.2.3", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
		"169.254.169.254", "100.64.0.1", "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1",
		"240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd12:3456::1", "ff02::1", "fec0::1",
		"2001:db8::1", "2001::1", "3fff::1", "100::1", "5f00::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
		"64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::1", "2002:a00:1::",
	}
	for _, a := range list {
		if open(netip.MustParseAddr(a)) {
			t.Errorf("%s is let through", a)
		}
	}
}

func TestRefuseClosed(t *testing.T) {
	tests := []struct {
		address string
		ok      bool
	}{
		{"8.8.8.8:443", true}, {"[2606:4700::1111]:443", true},
		{"127.0.0.1:443", false}, {"[::1]:443", false}, {"[fe80::1%lo]:443", false}, {"localhost:443", false}, {"8.8.8.8", false},
	}
	for _, tt := range tests {
		if err := refuseClosed("tcp", tt.address, nil); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.address, err)
		}
	}
	var closed *closedError
	if err := refuseClosed("tcp", "10.0.0.1:443", nil); !errors.As(err, &closed) {
		t.Errorf("the error is %v", err)
	}
}
