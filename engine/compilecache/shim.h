#ifndef ICHIMAI_SHIM_H
#define ICHIMAI_SHIM_H

#include "pjrt.h"

// SLOTS is how many plugins one process can wrap: PJRT hands no user data to its
// functions, so each wrapped table needs a function of its own.
enum { SLOTS = 8 };

// load_plugin opens a shared library and returns its table, or NULL and a reason
// that stays valid until the next call.
const PJRT_Api *load_plugin(const char *path, const char **reason);

// wrap_plugin copies a table, with what makes and frees executables and what frees
// clients replaced by slot's. NULL when there is no memory or no such slot.
PJRT_Api *wrap_plugin(const PJRT_Api *real, int slot);

// call_function calls a function of a table; NULL or an error that the caller
// destroys.
void *call_function(const PJRT_Api *api, int function, void *args);

// free_serialized gives the memory of a serialised executable back.
void free_serialized(PJRT_Executable_Serialize_Args *args);

#endif
