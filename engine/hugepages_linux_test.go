package engine

import "testing"

func TestHugePageTunables(t *testing.T) {
	for _, c := range []struct {
		state, tunables, want string
		wanted                bool
	}{
		{"always [madvise] never\n", "", "glibc.malloc.hugetlb=1", true},
		{"[always] madvise never\n", "glibc.malloc.check=1", "glibc.malloc.check=1:glibc.malloc.hugetlb=1", true},
		{"always madvise [never]\n", "", "", false},
		{"always [madvise] never\n", "glibc.malloc.hugetlb=0", "glibc.malloc.hugetlb=0", false},
	} {
		got, wanted := hugePageTunables(c.state, c.tunables)
		if got != c.want || wanted != c.wanted {
			t.Errorf("%q with %q gave %q, %t", c.state, c.tunables, got, wanted)
		}
	}
}
