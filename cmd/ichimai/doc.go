// Command ichimai shows: one picture of a thing in, that thing drawn in any
// scene out.
//
// One file is one command, each a thin shell over a package of this module. A
// command says in both languages what it does ([text]), takes every flag from
// the command line or a YAML file, reports progress for people or for programs,
// and ends with 0 (done), 1 (failed), 2 (wrong use) or 130 (interrupted).
package main
