package tokenizer

// queue is a binary heap: pop returns the entry that comes before all others.
type queue[T any] struct {
	entries []T
	before  func(a, b T) bool
}

func (q *queue[T]) push(entry T) {
	q.entries = append(q.entries, entry)
	for child := len(q.entries) - 1; child > 0; {
		parent := (child - 1) / 2
		if !q.before(q.entries[child], q.entries[parent]) {
			return
		}
		q.entries[child], q.entries[parent] = q.entries[parent], q.entries[child]
		child = parent
	}
}

// pop removes and returns the first entry; ok is false when there is none.
func (q *queue[T]) pop() (first T, ok bool) {
	if len(q.entries) == 0 {
		return first, false
	}
	first = q.entries[0]
	last := len(q.entries) - 1
	q.entries[0] = q.entries[last]
	q.entries = q.entries[:last]
	q.sink(0)
	return first, true
}

// sink moves the entry at parent down until none of its children comes before it.
func (q *queue[T]) sink(parent int) {
	for {
		child := 2*parent + 1
		if child >= len(q.entries) {
			return
		}
		if right := child + 1; right < len(q.entries) && q.before(q.entries[right], q.entries[child]) {
			child = right
		}
		if !q.before(q.entries[child], q.entries[parent]) {
			return
		}
		q.entries[child], q.entries[parent] = q.entries[parent], q.entries[child]
		parent = child
	}
}
