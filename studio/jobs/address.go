package jobs

import (
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// closed are networks to which nothing is sent, beside what netip tells to be
// private, loopback, link-local or multicast: this network and the shared one of
// carriers, protocol assignments, documentation, benchmarks, what is reserved, and
// the IPv6 networks of local use.
var closed = prefixes(
	"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "3fff::/20",
)

// public is where IPv6 has addresses that the whole world reaches.
var public = netip.MustParsePrefix("2000::/3")

// tunnels are IPv6 networks that carry an IPv4 address, with where it begins. That
// address is what is reached.
var tunnels = map[netip.Prefix]int{
	netip.MustParsePrefix("64:ff9b::/96"): 12, // NAT64, RFC 6052
	netip.MustParsePrefix("2002::/16"):    2,  // 6to4, RFC 3056
}

func prefixes(list ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, s := range list {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

// open reports whether an address is one of the public network.
func open(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	for network, at := range tunnels {
		if network.Contains(a) {
			b := a.As16()
			return open(netip.AddrFrom4([4]byte(b[at : at+4])))
		}
	}
	if !a.IsGlobalUnicast() || a.IsPrivate() || a.Is6() && !public.Contains(a) {
		return false
	}
	for _, network := range closed {
		if network.Contains(a) {
			return false
		}
	}
	return true
}

// refuseClosed is a net.Dialer's Control: it sees the address to which a name has
// been resolved, right before it is dialled, so no answer of a name server leads
// elsewhere.
func refuseClosed(network, address string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("dial %s: %w", address, err)
	}
	a, err := netip.ParseAddr(host)
	if err != nil || !open(a) {
		return &closedError{}
	}
	return nil
}

// closedError says that a host is not on the public network. It does not say where
// it is: the answer is shown to people, who could look around a network by it.
type closedError struct{}

func (*closedError) Error() string { return "the host is not on the public network" }
