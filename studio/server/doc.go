// Package server is the studio as one running thing: the store, the files, the
// queue with its workers, the API below /api/ and the pages at /. It wires what
// the packages beside it hold and adds nothing of its own but the way in: which
// address it listens on, what stands in front of it, and how it stops.
//
// A studio is a folder: studio.db, files/ and runs/. One process has it at a time.
package server
