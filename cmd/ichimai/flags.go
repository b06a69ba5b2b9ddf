package main

import (
	"time"

	"github.com/spf13/pflag"
)

// flags declares flags whose descriptions are in both languages. A name in
// backquotes stands for the value in the help.
type flags struct {
	p   *program
	set *pflag.FlagSet
}

func (f flags) string(v *string, name, value string, t text) {
	f.set.StringVar(v, name, value, f.p.say(t))
}

func (f flags) strings(v *[]string, name string, t text) {
	f.set.StringArrayVar(v, name, nil, f.p.say(t))
}

func (f flags) int(v *int, name string, value int, t text) {
	f.set.IntVar(v, name, value, f.p.say(t))
}

func (f flags) float(v *float64, name string, value float64, t text) {
	f.set.Float64Var(v, name, value, f.p.say(t))
}

func (f flags) duration(v *time.Duration, name string, t text) {
	f.set.DurationVar(v, name, 0, f.p.say(t))
}

func (f flags) bool(v *bool, name string, t text) {
	f.set.BoolVar(v, name, false, f.p.say(t))
}

func (f flags) value(v pflag.Value, name string, t text) {
	f.set.Var(v, name, f.p.say(t))
}
