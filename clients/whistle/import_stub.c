#include "tool.h"
int command_import(struct tool *tool, int argc, char **argv)
{
    (void)tool, (void)argc, (void)argv;
    return 0;
}
