package engine

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// tree makes a file system of names and contents.
func tree(files map[string]string) fstest.MapFS {
	fs := fstest.MapFS{}
	for name, text := range files {
		fs[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return fs
}

const meminfo = "MemTotal:       1000 kB\nMemFree:  1 kB\nMemAvailable:    800 kB\nHugePages_Total: 0\n"

func TestMemoryFrom(t *testing.T) {
	machine := Memory{Total: 1000 << 10, Available: 800 << 10}
	tests := []struct {
		name  string
		files map[string]string
		want  Memory
	}{
		{"Nothing", nil, Memory{}},
		{"Machine", map[string]string{"proc/meminfo": meminfo}, machine},
		{"NoLimit", map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max\n"}, machine},
		{"GroupV2", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max": "max", "sys/fs/cgroup/a/memory.max": "409600\n", "sys/fs/cgroup/a/memory.current": "204800\n",
			"sys/fs/cgroup/a/memory.stat": "anon 1\ninactive_file 102400\n",
		}, Memory{Total: 400 << 10, Available: 300 << 10, Limit: 400 << 10}},
		{"GroupV2InContainer", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "0::/elsewhere\n",
			"sys/fs/cgroup/memory.max": "102400", "sys/fs/cgroup/memory.current": "204800",
		}, Memory{Total: 100 << 10, Available: 0, Limit: 100 << 10}},
		{"GroupV1", map[string]string{
			"proc/meminfo": meminfo, "proc/self/cgroup": "3:cpu,memory:/a\n2:cpuset:/b\n",
			"sys/fs/cgroup/memory/a/memory.limit_in_bytes": "204800", "sys/fs/cgroup/memory/a/memory.usage_in_bytes": "1024",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
		}, Memory{Total: 200 << 10, Available: 199 << 10, Limit: 200 << 10}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, memoryFrom(tree(tt.files))); diff != "" {
				t.Errorf("memory (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMemoryOfThisMachine(t *testing.T) {
	m := ReadMemory()
	if m.Total == 0 || m.Available == 0 || m.Available > m.Total {
		t.Errorf("memory is %+v", m)
	}
	before := PeakMemory()
	if before == 0 || before > m.Total {
		t.Errorf("peak is %d of %d", before, m.Total)
	}
	block := make([]byte, 64<<20)
	for i := 0; i < len(block); i += 4096 {
		block[i] = 1
	}
	if after := PeakMemory(); after < uint64(len(block)) || after < before {
		t.Errorf("peak went from %d to %d although %d bytes were written", before, after, len(block))
	}
	_ = block[0]
}
