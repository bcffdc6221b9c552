#include "top_screen.h"

#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include <curses.h>

#include "base/text.h"
#include "top_terminal.h"

enum { ALARM_PAIR = 1, ESCAPE_MS = 100 };

static SCREEN *screen; // of this process; NULL: the terminal is as it was
static bool coloured;

// Without a locale that names its bytes the terminal is taken to be like all of today's.
static void use_utf8(void)
{
    if (MB_CUR_MAX == 1)
        setlocale(LC_CTYPE, "C.UTF-8");
}

static void set_modes(void)
{
    cbreak();
    noecho();
    nonl();
    nodelay(stdscr, TRUE);
    keypad(stdscr, TRUE);
    set_escdelay(ESCAPE_MS); // an arrow's bytes may come apart on a slow line
    curs_set(0);
    coloured = has_colors() && start_color() == OK && use_default_colors() == OK &&
               init_pair(ALARM_PAIR, COLOR_RED, -1) == OK;
}

bool top_screen_open(void)
{
    static bool at_exit;
    use_utf8();
    if (!top_terminal_is_known()) // newterm would keep memory of one that is not
        return false;
    screen = newterm(getenv("TERM"), stdout, stdin);
    if (!screen)
        return false;
    if (!at_exit)
        at_exit = atexit(top_screen_close) == 0;
    set_modes();
    return true;
}

void top_screen_close(void)
{
    if (!screen)
        return;
    endwin();
    delscreen(screen);
    screen = NULL;
}

void top_screen_size(int *rows, int *columns)
{
    *rows = getmaxy(stdscr);
    *columns = getmaxx(stdscr);
}

static attr_t attribute_of(unsigned look)
{
    attr_t attribute = look & LOOK_BOLD ? A_BOLD : A_NORMAL;
    if (look & LOOK_CHOSEN)
        attribute |= A_REVERSE;
    if (look & LOOK_ALARM && coloured)
        attribute |= (attr_t)COLOR_PAIR(ALARM_PAIR);
    return attribute;
}

void top_screen_draw(const struct top_page *page)
{
    erase();
    for (int row = 0; row < page->rows; row++) {
        attrset((int)attribute_of(page->lines[row].look));
        mvaddstr(row, 0, text_or_empty(page->lines[row].text));
    }
    attrset(A_NORMAL);
    refresh();
}

void top_screen_spoilt(void)
{
    clearok(curscr, TRUE);
}

// ---- keys ---------------------------------------------------------------------------------------

static int function_key(wint_t code)
{
    static const struct {
        wint_t code;
        enum top_key key;
    } keys[] = {
        {KEY_UP, TOP_KEY_UP},           {KEY_DOWN, TOP_KEY_DOWN},           {KEY_PPAGE, TOP_KEY_PAGE_UP},
        {KEY_NPAGE, TOP_KEY_PAGE_DOWN}, {KEY_HOME, TOP_KEY_HOME},           {KEY_END, TOP_KEY_END},
        {KEY_ENTER, TOP_KEY_ENTER},     {KEY_BACKSPACE, TOP_KEY_BACKSPACE}, {KEY_BTAB, TOP_KEY_BACK_TAB},
        {KEY_RESIZE, TOP_KEY_RESIZED},
    };
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (keys[i].code == code)
            return keys[i].key;
    return TOP_KEY_OTHER;
}

static int character_key(wint_t code)
{
    switch (code) {
    case '\r':
    case '\n':
        return TOP_KEY_ENTER;
    case '\t':
        return TOP_KEY_TAB;
    case 27:
        return TOP_KEY_ESCAPE;
    case 8:
    case 127:
        return TOP_KEY_BACKSPACE;
    default:
        return (int)code;
    }
}

static int next_key(void)
{
    wint_t code;
    int result = get_wch(&code);
    if (result == ERR)
        return TOP_KEY_NONE;
    return result == KEY_CODE_YES ? function_key(code) : character_key(code);
}

// What ncurses has read already comes first; a terminal that hung up answers every read at once, and with
// nothing.
int top_screen_key(int wait_ms)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    int key = next_key();
    if (key != TOP_KEY_NONE || wait_ms <= 0)
        return key;
    int ready = poll(&input, 1, wait_ms);
    if (ready > 0 && input.revents & (POLLHUP | POLLERR | POLLNVAL))
        return TOP_KEY_GONE;
    return next_key();
}
