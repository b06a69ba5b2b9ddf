package engine

import (
	"bufio"
	"io"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

func readMemory() Memory { return memoryFrom(os.DirFS("/")) }

// memoryFrom reads the machine's memory and then the limits of the control
// groups that this process is in, each of which can only lessen it.
func memoryFrom(root fs.FS) Memory {
	info := fields(root, "proc/meminfo")
	m := Memory{Total: info["MemTotal"], Available: info["MemAvailable"]}
	for _, group := range memoryGroups(root) {
		m = m.within(group)
	}
	return m
}

// memoryGroup is one control group's limit and use, in bytes.
type memoryGroup struct{ limit, used uint64 }

// within returns memory as seen from inside a control group.
func (m Memory) within(g memoryGroup) Memory {
	if g.limit == 0 || g.limit >= m.Total {
		return m
	}
	m.Limit, m.Total = g.limit, g.limit
	m.Available = min(m.Available, g.limit-min(g.used, g.limit))
	return m
}

// memoryGroups lists the groups of this process with a memory controller, from
// its own up to the root. Version 2 has one line "0::/path"; version 1 names
// the controller. Files in the page cache that can go count as free.
func memoryGroups(root fs.FS) []memoryGroup {
	text, _ := fs.ReadFile(root, "proc/self/cgroup")
	var groups []memoryGroup
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		switch {
		case parts[1] == "":
			groups = append(groups, groupsAbove(root, "sys/fs/cgroup", parts[2], "memory.max", "memory.current", "inactive_file")...)
		case strings.Contains(","+parts[1]+",", ",memory,"):
			groups = append(groups, groupsAbove(root, "sys/fs/cgroup/memory", parts[2],
				"memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")...)
		}
	}
	return groups
}

// groupsAbove walks from a group up to its hierarchy's mount point. Inside a
// container the path may not exist below the mount point; then only the mount
// point itself, which is the container's group, answers.
func groupsAbove(root fs.FS, mount, group, limit, used, cache string) []memoryGroup {
	var groups []memoryGroup
	for dir := path.Clean("/" + group); ; dir = path.Dir(dir) {
		at := path.Join(mount, dir)
		if g := (memoryGroup{limit: number(root, path.Join(at, limit)), used: number(root, path.Join(at, used))}); g.limit != 0 {
			g.used -= min(g.used, fields(root, path.Join(at, "memory.stat"))[cache])
			groups = append(groups, g)
		}
		if dir == "/" {
			return groups
		}
	}
}

// number reads a file that holds one number; "max" and no file are 0.
func number(root fs.FS, name string) uint64 {
	text, _ := fs.ReadFile(root, name)
	n, _ := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
	return n
}

// fields reads lines of "Name: 12 kB" or "name 12" into bytes.
func fields(root fs.FS, name string) map[string]uint64 {
	values := map[string]uint64{}
	f, err := root.Open(name)
	if err != nil {
		return values
	}
	defer f.Close()
	for lines := bufio.NewScanner(io.LimitReader(f, 1<<20)); lines.Scan(); {
		words := strings.Fields(lines.Text())
		if len(words) < 2 {
			continue
		}
		n, err := strconv.ParseUint(words[1], 10, 64)
		if err != nil {
			continue
		}
		if len(words) > 2 && words[2] == "kB" {
			n <<= 10
		}
		values[strings.TrimSuffix(words[0], ":")] = n
	}
	return values
}

// peakMemory reads the high-water mark of this program alone; getrusage would
// also count the program that started it by exec.
func peakMemory() uint64 { return fields(os.DirFS("/"), "proc/self/status")["VmHWM"] }
