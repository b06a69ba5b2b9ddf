// Package workspace holds the studio's use cases: who may do what, whether it
// is valid, doing it, and the record that it was done. Pages, the HTTP API and
// the workers translate to it and hold no rule of their own.
//
// Every use case is one method of [Workspace] that takes the [Actor] it acts
// for. It runs in one transaction of the store, and its audit entry is written
// in the same. Errors are of type studio.Error, in English and Japanese; what
// belongs to a project of which the actor is no member is not found, exactly as
// if it did not exist.
//
// # Who may what
//
// A use case names one of the permissions in allow.go: the role that it needs in
// the project, or that it needs an admin of the workspace, and the scope that an
// API token needs for it. An admin of the workspace has the role admin in every
// project. Roles and the state of the user are read in the transaction itself,
// so that a demotion counts from its commit on.
//
// # The worker's side
//
// The methods that [WorkerSide] names take no actor: the program itself calls
// them, and nothing that a browser sends may lead to
// them. Drawing and learning arrive through them at most once, however often a
// worker is killed and starts again.
package workspace
