// The last words of a process: the signals of a crash are caught, a few functions may note something, and the
// signal takes its course, with the core dump or the sanitizer's report that it would have had.
#pragma once

#include <stdbool.h>

// Async-signal-safe, on the thread that got the signal. `own`: this thread did it itself (a fault, an
// assertion); else the signal came from outside, as a watchdog's does, and says nothing about this thread.
typedef void crash_note(void *context, bool own);

enum { CRASH_NOTES = 8 }; // watches at once; more are not heard

// Watches SIGSEGV SIGBUS SIGFPE SIGILL SIGTRAP SIGSYS SIGABRT of the whole process, until the same note with
// the same context is unwatched. One thread at a time.
void crash_watch(crash_note *note, void *context);
void crash_unwatch(crash_note *note, void *context);

// Gives this thread a stack for the signal alone, so that an overflow of its own stack is noted too. Nothing
// happens where it has one, or where there is no memory.
void crash_stack(void);
