#include "core/words.h"

#include <stddef.h>
#include <string.h>

struct word {
    int value;
    const char *name;
    const char *chinese;
};

#define WORD(id, n, name, zh) {n, name, zh},
#define TABLE(list, LIST)                                                                                    \
    [list] = (const struct word[])                                                                           \
    {                                                                                                        \
        LIST(WORD)                                                                                           \
        {                                                                                                    \
            0, NULL, NULL                                                                                    \
        }                                                                                                    \
    }

static const struct word *const lists[] = {
    TABLE(WORDS_KIND, KINDS),
    TABLE(WORDS_NATURE, NATURES),
    TABLE(WORDS_CASE_STATE, CASE_STATES),
    TABLE(WORDS_SUMMONS_STATE, SUMMONS_STATES),
    TABLE(WORDS_ROLE, ROLES),
    TABLE(WORDS_VERDICT, VERDICTS),
    TABLE(WORDS_SATISFACTION, SATISFACTIONS),
    TABLE(WORDS_WAITS, WAITS),
    TABLE(WORDS_RULING, RULINGS),
    TABLE(WORDS_CLAIM_STATE, CLAIM_STATES),
    TABLE(WORDS_VERB, VERBS),
    TABLE(WORDS_EVENT_KIND, EVENT_KINDS),
    TABLE(WORDS_WHY, WHYS),
    TABLE(WORDS_UNIT_TYPE, UNIT_TYPES),
    TABLE(WORDS_DUTY, DUTIES),
    TABLE(WORDS_DATUM, DATUMS),
    TABLE(WORDS_PLACE_CAP, PLACE_CAPS),
};

static const struct word *find(enum word_list list, int value)
{
    for (const struct word *word = lists[list]; word->name; word++)
        if (word->value == value)
            return word;
    return NULL;
}

const char *word_name(enum word_list list, int value)
{
    const struct word *word = find(list, value);
    return word ? word->name : "unknown";
}

const char *word_chinese(enum word_list list, int value)
{
    const struct word *word = find(list, value);
    return word ? word->chinese : "未知";
}

int word_value(enum word_list list, const char *name)
{
    for (const struct word *word = lists[list]; name && word->name; word++)
        if (strcmp(word->name, name) == 0 || strcmp(word->chinese, name) == 0)
            return word->value;
    return -1;
}
