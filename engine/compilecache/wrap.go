//go:build unix

package compilecache

/*
#cgo LDFLAGS: -ldl
#include <stdlib.h>
#include "shim.h"
*/
import "C"

import (
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"unsafe"
)

// plugin is a wrapped PJRT plugin.
type plugin struct {
	api     *C.PJRT_Api // the plugin's own table
	options Options
	idle    idle
	counts  struct{ hits, reused, misses, kept atomic.Int64 }
}

// wrapped are the plugins by slot; they stay for the rest of the process.
var wrapped struct {
	sync.RWMutex
	plugins []*plugin
}

// Plugin is a plugin whose compiler goes through a store.
type Plugin struct {
	// API is the address of a PJRT_Api, for go-xla's RegisterPreloadedPlugin.
	API uintptr
	own *plugin
}

// Wrap loads the plugin at path and puts a store before its compiler.
func Wrap(path string, o Options) (*Plugin, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var reason *C.char
	api := C.load_plugin(name, &reason)
	if api == nil {
		return nil, fmt.Errorf("load plugin %s: %s", path, C.GoString(reason))
	}
	needed := C.size_t(unsafe.Sizeof(C.PJRT_Api{})) + C.PJRT_used_functions*C.size_t(unsafe.Sizeof(uintptr(0)))
	if api.struct_size < needed {
		return nil, fmt.Errorf("load plugin %s: its PJRT API %d.%d is too old to keep compiled programs", path, api.pjrt_api_version.major_version, api.pjrt_api_version.minor_version)
	}
	wrapped.Lock()
	defer wrapped.Unlock()
	table := C.wrap_plugin(api, C.int(len(wrapped.plugins)))
	if table == nil {
		return nil, fmt.Errorf("load plugin %s: %d plugins are wrapped already", path, len(wrapped.plugins))
	}
	p := &plugin{api: api, options: o}
	wrapped.plugins = append(wrapped.plugins, p)
	return &Plugin{API: uintptr(unsafe.Pointer(table)), own: p}, nil
}

// Counts is what happened since the plugin was wrapped.
func (p *Plugin) Counts() Counts {
	c := &p.own.counts
	return Counts{Hits: c.hits.Load(), Reused: c.reused.Load(), Misses: c.misses.Load(), Kept: c.kept.Load()}
}

// compileCached stands for a plugin's PJRT_Client_Compile. It returns NULL or
// the plugin's own error.
//
//export compileCached
func compileCached(slot C.int, raw unsafe.Pointer) unsafe.Pointer {
	p := pluginOf(slot)
	args := (*C.PJRT_Client_Compile_Args)(raw)
	made := held{client: args.client, key: p.key(args)}
	if args.executable = p.idle.take(made.client, made.key); args.executable != nil {
		p.counts.reused.Add(1)
		return nil
	}
	if made.executable, made.bytes = p.load(made.client, made.key); made.executable != nil {
		p.counts.hits.Add(1)
		args.executable = made.executable
		p.idle.lend(made)
		return nil
	}
	p.counts.misses.Add(1)
	if err := C.call_function(p.api, C.PJRT_Client_Compile, raw); err != nil {
		return err
	}
	made.executable = args.executable
	var err error
	if made.bytes, err = p.keep(made.executable, made.key); err != nil {
		p.options.Log.Debug("a compiled program is not kept", "why", err)
	} else {
		p.counts.kept.Add(1)
	}
	p.idle.lend(made)
	return nil
}

func pluginOf(slot C.int) *plugin {
	wrapped.RLock()
	defer wrapped.RUnlock()
	return wrapped.plugins[slot]
}

// giveBackCached stands for a plugin's PJRT_LoadedExecutable_Destroy: what was
// compiled stays loaded for whoever asks for the same next.
//
//export giveBackCached
func giveBackCached(slot C.int, raw unsafe.Pointer) unsafe.Pointer {
	p := pluginOf(slot)
	args := (*C.PJRT_LoadedExecutable_Destroy_Args)(raw)
	for _, executable := range p.idle.giveBack(args.executable) {
		if executable == args.executable {
			return C.call_function(p.api, C.PJRT_LoadedExecutable_Destroy, raw)
		}
		p.unload(executable)
	}
	return nil
}

// leaveCached stands for a plugin's PJRT_Client_Destroy.
//
//export leaveCached
func leaveCached(slot C.int, raw unsafe.Pointer) unsafe.Pointer {
	p := pluginOf(slot)
	for _, executable := range p.idle.leave((*C.PJRT_Client_Destroy_Args)(raw).client) {
		p.unload(executable)
	}
	return C.call_function(p.api, C.PJRT_Client_Destroy, raw)
}

// unload frees an executable that nobody uses.
func (p *plugin) unload(executable unsafe.Pointer) {
	args := (*C.PJRT_LoadedExecutable_Destroy_Args)(C.calloc(1, C.sizeof_PJRT_LoadedExecutable_Destroy_Args))
	defer C.free(unsafe.Pointer(args))
	args.struct_size = C.sizeof_PJRT_LoadedExecutable_Destroy_Args
	args.executable = executable
	if err := p.call(C.PJRT_LoadedExecutable_Destroy, unsafe.Pointer(args)); err != nil {
		p.options.Log.Debug("an idle program was not freed", "why", err)
	}
}

// key of what is to be compiled, by whom, for what.
func (p *plugin) key(args *C.PJRT_Client_Compile_Args) Key {
	fields := [][]byte{
		bytesAt(args.program.format, args.program.format_size),
		bytesAt(args.program.code, args.program.code_size),
		bytesAt(args.compile_options, args.compile_options_size),
		[]byte(p.platform(args.client)),
	}
	for _, s := range p.options.Identity {
		fields = append(fields, []byte(s))
	}
	return keyOf(fields...)
}

// platform is the client's version text, "" where it gives none.
func (p *plugin) platform(client unsafe.Pointer) string {
	args := (*C.PJRT_Client_PlatformVersion_Args)(C.calloc(1, C.sizeof_PJRT_Client_PlatformVersion_Args))
	defer C.free(unsafe.Pointer(args))
	args.struct_size = C.sizeof_PJRT_Client_PlatformVersion_Args
	args.client = client
	if p.call(C.PJRT_Client_PlatformVersion, unsafe.Pointer(args)) != nil {
		return ""
	}
	return string(bytesAt(args.platform_version, args.platform_version_size))
}

// load is the stored program of a key as an executable, or nil, and its size. What
// the plugin does not take is removed.
func (p *plugin) load(client unsafe.Pointer, key Key) (unsafe.Pointer, int64) {
	program, err := p.options.Store.Get(key)
	if err != nil || len(program) == 0 {
		return nil, 0
	}
	args := (*C.PJRT_Executable_DeserializeAndLoad_Args)(C.calloc(1, C.sizeof_PJRT_Executable_DeserializeAndLoad_Args))
	defer C.free(unsafe.Pointer(args))
	bytes := C.CBytes(program)
	defer C.free(bytes)
	args.struct_size = C.sizeof_PJRT_Executable_DeserializeAndLoad_Args
	args.client = client
	args.serialized_executable = (*C.char)(bytes)
	args.serialized_executable_size = C.size_t(len(program))
	if err := p.call(C.PJRT_Executable_DeserializeAndLoad, unsafe.Pointer(args)); err != nil {
		p.options.Log.Debug("a kept program is compiled anew", "why", err)
		p.options.Store.Remove(key)
		return nil, 0
	}
	return args.loaded_executable, int64(len(program))
}

// keep stores an executable and returns its size.
func (p *plugin) keep(loaded unsafe.Pointer, key Key) (int64, error) {
	get := (*C.PJRT_LoadedExecutable_GetExecutable_Args)(C.calloc(1, C.sizeof_PJRT_LoadedExecutable_GetExecutable_Args))
	defer C.free(unsafe.Pointer(get))
	get.struct_size = C.sizeof_PJRT_LoadedExecutable_GetExecutable_Args
	get.loaded_executable = loaded
	if err := p.call(C.PJRT_LoadedExecutable_GetExecutable, unsafe.Pointer(get)); err != nil {
		return 0, err
	}
	defer p.destroy(get.executable)
	args := (*C.PJRT_Executable_Serialize_Args)(C.calloc(1, C.sizeof_PJRT_Executable_Serialize_Args))
	defer C.free(unsafe.Pointer(args))
	args.struct_size = C.sizeof_PJRT_Executable_Serialize_Args
	args.executable = get.executable
	if err := p.call(C.PJRT_Executable_Serialize, unsafe.Pointer(args)); err != nil {
		return 0, err
	}
	defer C.free_serialized(args)
	size := int64(args.serialized_bytes_size)
	return size, p.options.Store.Put(key, bytesAt(args.serialized_bytes, args.serialized_bytes_size))
}

func (p *plugin) destroy(executable unsafe.Pointer) {
	args := (*C.PJRT_Executable_Destroy_Args)(C.calloc(1, C.sizeof_PJRT_Executable_Destroy_Args))
	defer C.free(unsafe.Pointer(args))
	args.struct_size = C.sizeof_PJRT_Executable_Destroy_Args
	args.executable = executable
	if err := p.call(C.PJRT_Executable_Destroy, unsafe.Pointer(args)); err != nil {
		p.options.Log.Debug("an executable's handle was not freed", "why", err)
	}
}

// call calls a function of the plugin and turns its error into Go's.
func (p *plugin) call(function C.int, args unsafe.Pointer) error {
	failure := C.call_function(p.api, function, args)
	if failure == nil {
		return nil
	}
	message := (*C.PJRT_Error_Message_Args)(C.calloc(1, C.sizeof_PJRT_Error_Message_Args))
	defer C.free(unsafe.Pointer(message))
	message.struct_size = C.sizeof_PJRT_Error_Message_Args
	message.error = failure
	C.call_function(p.api, C.PJRT_Error_Message, unsafe.Pointer(message))
	text := string(bytesAt(message.message, message.message_size))
	destroy := (*C.PJRT_Error_Destroy_Args)(C.calloc(1, C.sizeof_PJRT_Error_Destroy_Args))
	defer C.free(unsafe.Pointer(destroy))
	destroy.struct_size = C.sizeof_PJRT_Error_Destroy_Args
	destroy.error = failure
	C.call_function(p.api, C.PJRT_Error_Destroy, unsafe.Pointer(destroy))
	return fmt.Errorf("plugin: %s", text)
}

// bytesAt is memory of the plugin's or of go-xla's, not copied.
func bytesAt(p *C.char, n C.size_t) []byte {
	if p == nil {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(p)), int(n))
}
