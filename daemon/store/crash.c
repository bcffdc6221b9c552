#include "store/crash.h"

#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

enum { STACK_BYTES = 64 * 1024 };

static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS, SIGABRT};
enum { COUNT = sizeof numbers / sizeof numbers[0] };

static struct sigaction before[COUNT];

static struct watch {
    crash_note *note; // NULL: free
    void *context;
} watches[CRASH_NOTES];

static void put_back(int number)
{
    for (int i = 0; i < COUNT; i++)
        if (numbers[i] == number)
            sigaction(number, &before[i], NULL);
}

// A fault comes again by itself when this returns, in the place where it happened; any other is sent again.
static void on_crash(int number, siginfo_t *info, void *machine)
{
    (void)machine;
    bool sent = info->si_code <= 0;
    bool own = !sent || info->si_pid == getpid();
    for (int i = 0; i < CRASH_NOTES; i++)
        if (watches[i].note)
            watches[i].note(watches[i].context, own);
    put_back(number);
    if (sent || number == SIGSYS || number == SIGTRAP)
        raise(number);
}

static struct watch *find(crash_note *note, void *context)
{
    for (int i = 0; i < CRASH_NOTES; i++)
        if (watches[i].note == note && watches[i].context == context)
            return &watches[i];
    return NULL;
}

static bool anybody_watches(void)
{
    for (int i = 0; i < CRASH_NOTES; i++)
        if (watches[i].note)
            return true;
    return false;
}

static void catch_all(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK};
    action.sa_sigaction = on_crash;
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < COUNT; i++)
        sigaction(numbers[i], &action, &before[i]);
}

void crash_watch(crash_note *note, void *context)
{
    struct watch *free_one = find(NULL, NULL);
    bool first = !anybody_watches();
    if (!free_one)
        return;
    *free_one = (struct watch){note, context};
    if (first)
        catch_all();
}

void crash_unwatch(crash_note *note, void *context)
{
    struct watch *watch = find(note, context);
    if (!watch)
        return;
    *watch = (struct watch){NULL, NULL};
    for (int i = 0; i < COUNT && !anybody_watches(); i++)
        put_back(numbers[i]);
}

void crash_stack(void)
{
    stack_t stack;
    if (sigaltstack(NULL, &stack) || !(stack.ss_flags & SS_DISABLE))
        return; // a sanitizer's
    void *memory = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return;
    stack = (stack_t){.ss_sp = memory, .ss_size = STACK_BYTES};
    if (sigaltstack(&stack, NULL))
        munmap(memory, STACK_BYTES);
}
