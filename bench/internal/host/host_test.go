package host

import (
	"strings"
	"testing"
)

func TestCPUName(t *testing.T) {
	if got := cpuName(strings.NewReader("processor\t: 0\nmodel name\t: Abacus: mark 2 \nmodel name: other\n")); got != "Abacus: mark 2" {
		t.Errorf("name is %q", got)
	}
	if got := cpuName(strings.NewReader("processor : 0\n")); got != "" {
		t.Errorf("name is %q", got)
	}
}
