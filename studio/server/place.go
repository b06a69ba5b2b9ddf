package server

import "path/filepath"

// places are where a studio's parts lie.
type places struct {
	folder, database, files, runs, scratch, keys string
	open                                         string // a file that is there while a process has the studio, or was killed in it
}

// Names within a studio's folder.
const (
	databaseName = "studio.db"
	filesName    = "files"
	runsName     = "runs"
	scratchName  = "scratch" // files that live as long as a call
	keysName     = "keys"    // what pictures are signed and marked with; in no backup
	openName     = "studio.open"
)

func placesIn(folder string) places {
	at := func(name string) string { return filepath.Join(folder, name) }
	return places{folder, at(databaseName), at(filesName), at(runsName), at(scratchName), at(keysName), at(openName)}
}
