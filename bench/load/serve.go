package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/pprof"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ichimai/ichimai/engine"
	"github.com/ichimai/ichimai/studio/draw"
	"github.com/ichimai/ichimai/studio/server"
)

// serving is the studio's side: what its process is told.
type serving struct {
	Folder   string `json:"folder"`
	Users    int    `json:"users"`
	Projects int    `json:"projects"`
	NoYield  bool   `json:"no_yield"`
	Profile  string `json:"profile"`
	Device   string `json:"device"`
}

func (s *serving) flags(f *pflag.FlagSet) {
	f.BoolVar(&s.NoYield, "no-yield", false, "leave the threads that compute the priority of those that answer")
	f.StringVar(&s.Profile, "profile", "", "file for a CPU profile of the studio")
	f.StringVar(&s.Device, "device", "", "auto, cpu, cuda or go")
}

// command is the studio's process, which this program starts itself. Its settings come
// on standard input, whose end stops it.
func (s *serving) command() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			settings := json.NewDecoder(cmd.InOrStdin())
			if err := settings.Decode(s); err != nil {
				return fmt.Errorf("read settings: %w", err)
			}
			ctx, stop := context.WithCancel(cmd.Context())
			defer stop()
			go func() {
				io.Copy(io.Discard, cmd.InOrStdin())
				stop()
			}()
			return s.serve(ctx, cmd.OutOrStdout())
		},
	}
}

// serve fills the studio, says on out who is in it, and serves until ctx ends.
func (s *serving) serve(ctx context.Context, out io.Writer) (err error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer listener.Close()
	options, err := s.options("http://" + listener.Addr().String())
	if err != nil {
		return err
	}
	studio, err := server.Open(ctx, options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, studio.Close(context.WithoutCancel(ctx))) }()
	ended := make(chan error, 1)
	go func() { ended <- studio.Run(ctx, listener) }()
	town, err := fill(ctx, studio.Workspace(), s.Users, s.Projects)
	if err != nil {
		return err
	}
	town.Address = options.Origin
	if s.Profile != "" {
		stop, err := profile(s.Profile)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, stop()) }()
	}
	if err := json.NewEncoder(out).Encode(town); err != nil {
		return err
	}
	return <-ended
}

// options name the address, so that people behind it are told apart by what a proxy
// would say of them.
func (s *serving) options(origin string) (server.Options, error) {
	cache := os.Getenv(engine.EnvCache)
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return server.Options{}, err
		}
		cache = filepath.Join(user, "ichimai")
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	return server.Options{
		Folder: s.Folder, Origin: origin, NoYield: s.NoYield, Log: log,
		Draw: draw.Options{Cache: cache, Device: engine.Config{Device: s.Device}, Log: log},
	}, nil
}

func profile(path string) (stop func() error, err error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error { pprof.StopCPUProfile(); return f.Close() }, nil
}
