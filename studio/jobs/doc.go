// Package jobs does the studio's work: learning concepts, drawing pictures,
// checking them, packing them, and telling webhooks.
//
// # The queue
//
// The queue is River (https://riverqueue.com) in the same SQLite file as
// everything else. [Enqueue] adds a job's entry in the transaction that writes the
// job, so there is never one without the other. An entry is only a wake-up: it
// names a lane, not what to do. The worker that it wakes takes the job whose turn
// it is, so there are always at least as many entries as jobs that wait.
//
// # Turns
//
// There are two lanes. In the lane of the device one job runs at a time, for the
// model is one; in that of files, which only packs, two. In each lane it is the
// turn of the project whose last job there began longest ago, and of its oldest
// job. Between two jobs of a project that waits, every other project that waits
// has one job, however many it has queued.
//
// # Being killed
//
// One process owns the queue: a lock beside the database refuses a second one.
// So what is running when a process starts is what a dead one left, and is taken
// up at once: its job begins again, without the pictures that are there already
// and, where the learning method saves its state, from the last step that was
// saved. Pictures are kept at most once for a job and an index, a concept at most
// once for a job, and what the checks found of a picture at most once for a job.
// What a dead process drew and had not yet handed in is drawn
// again, with the same seed.
//
// # Webhooks
//
// What a webhook is told comes from the audit record: a cursor says up to which
// entry deliveries are in the queue, and moves in the transaction that puts them
// there. A delivery is tried up to ten times, with growing pauses, over about a
// day; it may arrive more than once, with the same id. It goes over TLS to hosts of the
// policy, follows no redirect, uses no proxy, and is refused where the name turns
// out, when it is dialled, to lie in a network that is not public. [Sign] says how it
// is signed, [CheckSignature] is for who receives it.
package jobs
