package provenance

import "math"

// The payload's 32 bits and a CRC-16 go through the convolutional code of rate
// 1/3 and constraint length 7 with the generators 133, 171 and 165 (octal; 3GPP
// TS 36.212, section 5.1.3.1), ended with zeros, and are read with soft decisions by Viterbi's
// algorithm (1967).
const (
	payloadBits = 32
	checkBits   = 16
	messageBits = payloadBits + checkBits
	memory      = 6 // of the encoder, in bits
	states      = 1 << memory
	rate        = 3
	codedBits   = rate * (messageBits + memory)
)

var generators = [rate]uint8{0o133, 0o171, 0o165}

// crc16 is CRC-16/CCITT-FALSE of four bytes, highest first.
func crc16(payload uint32) uint16 {
	crc := uint16(0xFFFF)
	for shift := 24; shift >= 0; shift -= 8 {
		crc ^= uint16(payload>>shift&0xFF) << 8
		for range 8 {
			carry := crc & 0x8000
			crc <<= 1
			if carry != 0 {
				crc ^= 0x1021
			}
		}
	}
	return crc
}

// branch is the encoder's output, one bit a generator, for a bit entering a
// state of the last six bits, the newest highest.
func branch(state, bit uint8) (out [rate]int8) {
	register := bit<<memory | state
	for i, g := range generators {
		out[i] = sign(parity(register & g))
	}
	return out
}

func parity(v uint8) uint8 {
	v ^= v >> 4
	v ^= v >> 2
	return (v ^ v>>1) & 1
}

// sign maps a bit to +1 for 0 and -1 for 1.
func sign(bit uint8) int8 { return 1 - 2*int8(bit) }

// encodePayload gives codedBits signs.
func encodePayload(payload uint32) []int8 {
	message := uint64(payload)<<checkBits | uint64(crc16(payload))
	coded := make([]int8, 0, codedBits)
	state := uint8(0)
	for i := messageBits + memory - 1; i >= 0; i-- {
		var bit uint8
		if i >= memory {
			bit = uint8(message >> (i - memory) & 1)
		}
		out := branch(state, bit)
		coded = append(coded, out[:]...)
		state = bit<<(memory-1) | state>>1
	}
	return coded
}

// decodePayload finds the likeliest message for soft values, positive for 0;
// ok says that its check bits fit.
func decodePayload(soft []float64) (payload uint32, ok bool) {
	steps := messageBits + memory
	cost := [states]float64{}
	for s := 1; s < states; s++ {
		cost[s] = math.Inf(-1)
	}
	from := make([][states]uint8, steps) // the bit that left the register
	for i := range steps {
		cost = viterbiStep(cost, soft[rate*i:rate*i+rate], i >= messageBits, &from[i])
	}
	var message uint64
	state := uint8(0) // where the closing zeros lead
	for i := steps - 1; i >= 0; i-- {
		if i < messageBits {
			message |= uint64(state>>(memory-1)) << (messageBits - 1 - i)
		}
		state = state<<1&(states-1) | from[i][state]
	}
	payload = uint32(message >> checkBits)
	return payload, crc16(payload) == uint16(message)
}

// viterbiStep extends the best path to every state by one bit.
func viterbiStep(cost [states]float64, soft []float64, closing bool, from *[states]uint8) (next [states]float64) {
	for s := range next {
		next[s] = math.Inf(-1)
	}
	for s, c := range cost {
		for bit := range uint8(2) {
			if math.IsInf(c, -1) || closing && bit == 1 {
				continue
			}
			total := c
			for k, o := range branch(uint8(s), bit) {
				total += float64(o) * soft[k]
			}
			to := bit<<(memory-1) | uint8(s)>>1
			if total > next[to] {
				next[to], from[to] = total, uint8(s)&1
			}
		}
	}
	return next
}
