// The few parts of the PJRT C API that the cache needs. PJRT's tables and
// argument structs only ever grow at their ends, so what stands here is the
// beginning of what a newer plugin has. A test compares names, order and fields
// with the header that go-xla carries.
#ifndef ICHIMAI_PJRT_H
#define ICHIMAI_PJRT_H

#include <stddef.h>

// Places in the table of functions.
enum {
	PJRT_Error_Destroy = 0,
	PJRT_Error_Message = 1,
	PJRT_Client_Destroy = 11,
	PJRT_Client_PlatformVersion = 14,
	PJRT_Client_Compile = 20,
	PJRT_Executable_Destroy = 40,
	PJRT_Executable_Serialize = 49,
	PJRT_LoadedExecutable_Destroy = 50,
	PJRT_LoadedExecutable_GetExecutable = 51,
	PJRT_Executable_DeserializeAndLoad = 56,
	PJRT_used_functions = 57,
};

typedef struct { size_t struct_size; void *extension_start; int major_version, minor_version; } PJRT_Api_Version;

typedef struct {
	size_t struct_size;
	void *extension_start;
	PJRT_Api_Version pjrt_api_version;
	void *functions[]; // each takes its argument struct and returns an error or NULL
} PJRT_Api;

typedef struct { size_t struct_size; void *extension_start; void *error; } PJRT_Error_Destroy_Args;

typedef struct { size_t struct_size; void *extension_start; const void *error; const char *message; size_t message_size; } PJRT_Error_Message_Args;

typedef struct { size_t struct_size; void *extension_start; void *client; const char *platform_version; size_t platform_version_size; } PJRT_Client_PlatformVersion_Args;

typedef struct { size_t struct_size; void *extension_start; char *code; size_t code_size; const char *format; size_t format_size; } PJRT_Program;

typedef struct {
	size_t struct_size;
	void *extension_start;
	void *client;
	const PJRT_Program *program;
	const char *compile_options;
	size_t compile_options_size;
	void *executable; // out
} PJRT_Client_Compile_Args;

typedef struct {
	size_t struct_size;
	void *extension_start;
	void *client;
	const char *serialized_executable;
	size_t serialized_executable_size;
	void *loaded_executable; // out
	const char *overridden_serialized_compile_options;
	size_t overridden_serialized_compile_options_size;
} PJRT_Executable_DeserializeAndLoad_Args;

typedef struct { size_t struct_size; void *extension_start; void *client; } PJRT_Client_Destroy_Args;

typedef struct { size_t struct_size; void *extension_start; void *executable; } PJRT_LoadedExecutable_Destroy_Args;

typedef struct { size_t struct_size; void *extension_start; void *loaded_executable; void *executable; } PJRT_LoadedExecutable_GetExecutable_Args;

typedef struct {
	size_t struct_size;
	void *extension_start;
	const void *executable;
	const char *serialized_bytes;
	size_t serialized_bytes_size;
	void *serialized_executable;
	void (*serialized_executable_deleter)(void *);
} PJRT_Executable_Serialize_Args;

typedef struct { size_t struct_size; void *extension_start; void *executable; } PJRT_Executable_Destroy_Args;

#endif
