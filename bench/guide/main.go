// Command guide takes pictures of the studio's pages for the illustrated guide, and
// for everybody who wants to look at all of them:
//
//	ichimai studio --data STUDIO &
//	ICHIMAI_PASSWORD=... guide http://127.0.0.1:8765 --email admin@example.com --out out/guide
//
// It signs in to a studio that runs, in a headless Chromium, and writes a PNG for each
// page, language, width and colour scheme, such as review-en-390-dark.png. Pages of one
// thing (a picture, a concept, a trial) are reached as a person reaches them, by the
// first link that leads to such a page; where there is no such thing, the page is left
// out and named. The password comes from the environment, so that no list of processes
// shows it. The account gets its own language back at the end.
//
// --page picks pages and, after "=", how high the screen is: --page review=700 takes what
// a screen of 700 pixels shows first, and without a height the whole page is taken. --small WIDTH makes pictures as docs/images has them, which takes
// one width and one scheme: scaled to that width, of 256 colours, and called
// studio-en-review.png.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ichimai/ichimai/bench/internal/run"
)

// envPassword is of the person who is signed in.
const envPassword = "ICHIMAI_PASSWORD"

func main() { run.Main(command()) }

// guide is the flags.
type guide struct {
	address, email, password string
	out                      string
	pages                    []string
	views                    views
	small                    int
	project                  string // name
}

func command() *cobra.Command {
	var g guide
	cmd := &cobra.Command{
		Use: "guide ADDRESS", Short: "Take pictures of the studio's pages.", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			g.address, g.password = strings.TrimRight(args[0], "/"), os.Getenv(envPassword)
			return g.run(cmd.Context(), cmd.OutOrStdout())
		},
	}
	f := cmd.Flags()
	f.StringVar(&g.email, "email", "", "e-mail address of an admin of the studio, whose password "+envPassword+" holds")
	f.StringVar(&g.out, "out", "out/guide", "folder for the pictures; it is made where there is none")
	f.StringSliceVar(&g.pages, "page", nil, "pages, such as review or review=700 for what a screen of 700 pixels shows (default: all)")
	f.StringSliceVar(&g.views.languages, "lang", []string{"en", "ja"}, "languages")
	f.IntSliceVar(&g.views.widths, "width", []int{1440, 390}, "widths in pixels; below 600 a phone")
	f.StringSliceVar(&g.views.schemes, "scheme", []string{"light", "dark"}, "colour schemes: light, dark or print")
	f.StringVar(&g.project, "project", "", "name of the project whose pages are taken (default: the first of the list)")
	f.IntVar(&g.small, "small", 0, "scale to this width and keep 256 colours, for docs/images; 0 keeps pictures as they are")
	return cmd
}

// run takes every picture that was asked for. A page that there is not is told.
func (g *guide) run(ctx context.Context, tell io.Writer) error {
	wanted, err := choose(g.pages)
	if err != nil {
		return err
	}
	if err := g.check(); err != nil {
		return err
	}
	if err := os.MkdirAll(g.out, 0o755); err != nil {
		return err
	}
	for _, language := range g.views.languages {
		if err := g.tour(ctx, language, wanted, tell); err != nil {
			return err
		}
	}
	return nil
}

// tour takes the pictures in a language, in a browser that speaks it: file fields and
// dates are the browser's.
func (g *guide) tour(ctx context.Context, language string, wanted []shot, tell io.Writer) error {
	c, err := openChromium(ctx, language)
	if err != nil {
		return err
	}
	defer c.close()
	v := &visitor{ctx: c.ctx, address: g.address, found: map[string]string{}}
	if err := v.signIn(g.email, g.password); err != nil {
		return err
	}
	if err = v.speak(language); err == nil {
		err = v.enter(g.project)
	}
	if err == nil {
		err = g.takeAll(v, language, wanted, tell)
	}
	return errors.Join(err, v.leave())
}

func (g *guide) check() error {
	if g.email == "" || g.password == "" {
		return fmt.Errorf("who looks? give --email, and the password in %s", envPassword)
	}
	if g.small < 0 {
		return fmt.Errorf("--small %d is no width", g.small)
	}
	if g.small > 0 && len(g.views.widths)*len(g.views.schemes) != 1 {
		return errors.New("--small takes one --width and one --scheme")
	}
	return g.views.check()
}

// name is the file of a page's picture, without its ending.
func (g *guide) name(page string, w view) string {
	if g.small > 0 {
		return "studio-" + w.language + "-" + page
	}
	return w.name(page)
}

func (g *guide) takeAll(v *visitor, language string, wanted []shot, tell io.Writer) error {
	for _, w := range g.views.in(language) {
		if err := v.see(w); err != nil {
			return err
		}
		for _, s := range wanted {
			png, err := v.take(s, w)
			var none *missingError
			if errors.As(err, &none) {
				fmt.Fprintln(tell, none)
				continue
			}
			if err != nil {
				return fmt.Errorf("%s: %w", g.name(s.page, w), err)
			}
			if err := g.write(g.name(s.page, w), png); err != nil {
				return err
			}
		}
	}
	return nil
}
