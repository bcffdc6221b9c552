// What the process gives up, so that whoever gets into it gets no further, and nothing of it lies about.
//
// Core dumps are off from the first moment, and no process of the same user may look into the memory
// (PR_SET_DUMPABLE). Once everything is open, a seccomp filter leaves every thread the system calls that the
// running daemon makes, and no others (confine_calls.c).
#pragma once

#include <argp.h>
#include <stdbool.h>

struct confine_options {
    bool core_dumps; // leave them on
    bool no_seccomp;
};

// --core-dumps and --no-seccomp, as a child of a command's argp. The child's input is a confine_options.
extern const struct argp confine_argp;

// No core, no looking in, unless the options leave them on. First of all.
void confine_memory(const struct confine_options *options);

// Puts the filter on all threads, for good; threads that are begun later are under it, too. What the C
// library loads at first use is loaded before. 0 or a negative errno: nothing was changed then, unless
// `options.no_seccomp`.
//
// A call that is not on the list ends the process at once (SIGSYS): the store is made to die at any instant,
// and the next start goes on from there, while code that somebody else has put in would only try the next
// call. Three things that libraries try and can do without get an error instead: a thread by clone3 (ENOSYS),
// memory that can be executed (EPERM), an internet socket (EAFNOSUPPORT).
int confine_calls(const struct confine_options *options) __attribute__((warn_unused_result));
