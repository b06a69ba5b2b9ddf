package engine

// Phase names a step of an installation.
type Phase string

// Phases of an installation, in the order in which they come.
const (
	PhaseWaiting  Phase = "waiting"  // another process is installing the same plugin
	PhaseDownload Phase = "download" // bytes arrive from the package index
	PhaseVerify   Phase = "verify"   // the download's SHA-256 is computed
	PhaseExtract  Phase = "extract"  // the plugin is unpacked and checked
	PhaseDone     Phase = "done"     // the plugin is in its place
)

// Progress is one report of an installation.
type Progress struct {
	Phase  Phase  `json:"phase"`
	Source string `json:"source"` // what is being installed, such as "lammps-jax-pjrt-cpu 0.11.2"
	Done   int64  `json:"done"`   // bytes so far
	Total  int64  `json:"total"`  // bytes in all, 0 when unknown
}

// Offer describes a download before it happens, for [Config.Confirm].
type Offer struct {
	Device  string `json:"device"`  // cpu or cuda
	Source  string `json:"source"`  // package and version
	Licence string `json:"licence"` // SPDX expression, "" when unknown
	Bytes   int64  `json:"bytes"`   // size of the download, 0 when unknown
}
