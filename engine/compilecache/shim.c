//go:build unix

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "_cgo_export.h"
#include "shim.h"

const PJRT_Api *load_plugin(const char *path, const char **reason) {
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
	if (library == NULL) {
		*reason = dlerror();
		return NULL;
	}
	const PJRT_Api *(*get)(void) = (const PJRT_Api *(*)(void))dlsym(library, "GetPjrtApi");
	if (get == NULL) {
		*reason = "it has no function GetPjrtApi";
		return NULL;
	}
	const PJRT_Api *api = get();
	if (api == NULL) {
		*reason = "its GetPjrtApi returned nothing";
	}
	return api;
}

#define SLOT(n) \
	static void *compile_##n(void *args) { return compileCached(n, args); } \
	static void *give_back_##n(void *args) { return giveBackCached(n, args); } \
	static void *leave_##n(void *args) { return leaveCached(n, args); }
SLOT(0) SLOT(1) SLOT(2) SLOT(3) SLOT(4) SLOT(5) SLOT(6) SLOT(7)

typedef void *(*function)(void *);
#define ALL(name) {name##_0, name##_1, name##_2, name##_3, name##_4, name##_5, name##_6, name##_7}
static const function compile[SLOTS] = ALL(compile), give_back[SLOTS] = ALL(give_back), leave[SLOTS] = ALL(leave);

PJRT_Api *wrap_plugin(const PJRT_Api *real, int slot) {
	if (slot < 0 || slot >= SLOTS) {
		return NULL;
	}
	// The whole table, which may be newer and longer than pjrt.h knows.
	PJRT_Api *copy = malloc(real->struct_size);
	if (copy == NULL) {
		return NULL;
	}
	memcpy(copy, real, real->struct_size);
	copy->functions[PJRT_Client_Compile] = (void *)compile[slot];
	copy->functions[PJRT_LoadedExecutable_Destroy] = (void *)give_back[slot];
	copy->functions[PJRT_Client_Destroy] = (void *)leave[slot];
	return copy;
}

void *call_function(const PJRT_Api *api, int function, void *args) {
	return ((void *(*)(void *))api->functions[function])(args);
}

void free_serialized(PJRT_Executable_Serialize_Args *args) {
	if (args->serialized_executable_deleter != NULL) {
		args->serialized_executable_deleter(args->serialized_executable);
	}
}
