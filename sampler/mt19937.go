package sampler

// mt19937 is the Mersenne Twister of Matsumoto and Nishimura (ACM TOMACS 8(1),
// 1998), the generator of PyTorch on a CPU.
type mt19937 struct {
	state [624]uint32
	next  int
}

// seed starts the sequence of a 32-bit seed.
func (m *mt19937) seed(seed uint32) {
	m.state[0] = seed
	for i := 1; i < len(m.state); i++ {
		previous := m.state[i-1]
		m.state[i] = 1812433253*(previous^previous>>30) + uint32(i)
	}
	m.next = len(m.state)
}

func (m *mt19937) uint32() uint32 {
	if m.next == len(m.state) {
		m.twist()
	}
	y := m.state[m.next]
	m.next++
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

func (m *mt19937) uint64() uint64 {
	high := uint64(m.uint32())
	return high<<32 | uint64(m.uint32())
}

func (m *mt19937) twist() {
	const n, middle = len(m.state), 397
	for i := range n {
		y := m.state[i]&0x80000000 | m.state[(i+1)%n]&0x7fffffff
		v := m.state[(i+middle)%n] ^ y>>1
		if y&1 != 0 {
			v ^= 0x9908b0df
		}
		m.state[i] = v
	}
	m.next = 0
}
