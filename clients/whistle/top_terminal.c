// A file of its own, since term.h makes macros of words like "lines" and "columns".
#include "top_terminal.h"

#include <stdlib.h>
#include <unistd.h>

#include <curses.h>
#include <term.h>

bool top_terminal_is_known(void)
{
    int error; // given, so that what is not known does not end the program
    if (setupterm(getenv("TERM"), STDOUT_FILENO, &error) != OK)
        return false;
    char capability[] = "cup";
    const char *found = tigetstr(capability);
    bool can_move = found && found != (const char *)-1;
    del_curterm(set_curterm(NULL));
    return can_move;
}
