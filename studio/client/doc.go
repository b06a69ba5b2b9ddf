// Package client is for Go programs that use a studio over its HTTP API (see
// package api and the studio's own page /api/docs).
//
//	studio, err := client.New("https://studio.example.com", token, client.Options{})
//	...
//	job, err := studio.Project(id).Generate(ctx, client.Generate{Prompt: "<mug> on a table"})
//	...
//	job, err = studio.Project(id).WaitJob(ctx, job.ID, nil)
//
// A call that fails because of the network or a busy studio is made again, with
// the same Idempotency-Key, so that nothing is done twice. What the studio
// refuses is an [*Error] with a code of package studio; see [ErrorCode].
//
// The package has its own types, so that a program that imports it does not
// carry the studio's server. A test keeps them in step with package api.
package client
