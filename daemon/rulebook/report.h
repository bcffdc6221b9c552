// What was found wrong in a rulebook: all of it in one run, each with file:line:column, the line, and a
// sentence.
//
// A report may be printed as text, as a person reads it at a terminal, or as JSON. It keeps copies of what it
// shows, so it outlives the rulebook it is about.
#pragma once

#include "base/arena.h"
#include "base/buffer.h"
#include "rulebook/source.h"

#include <stdbool.h>
#include <stdint.h>

// The stable codes. X(enumerator, severity, name, Chinese)
#define FINDINGS(X)                                                                                          \
    /* files and bytes */                                                                                    \
    X(MISSING_FILE, ERROR, "missing_file", "缺少文件")                                                       \
    X(UNREADABLE, ERROR, "unreadable", "无法读取")                                                           \
    X(ENCODING, ERROR, "encoding", "编码有误") /* neither UTF-8 nor GB18030 */                               \
    X(GB18030, NOTE, "gb18030", "按GB18030读取")                                                             \
    X(UNUSED_FILE, WARNING, "unused_file", "未用文件")                                                       \
    /* form */                                                                                               \
    X(SYNTAX, ERROR, "syntax", "语法有误")                                                                   \
    X(UNKNOWN_KEY, ERROR, "unknown_key", "未知键")                                                           \
    X(MISSING_KEY, ERROR, "missing_key", "缺少键")                                                           \
    X(WRONG_TYPE, ERROR, "wrong_type", "类型不符") /* a list where one value is expected, … */             \
    X(HEADER, ERROR, "header", "表头有误")                                                                   \
    X(FIELDS, ERROR, "fields", "列数不符")                                                                   \
    X(BAD_TEXT, ERROR, "bad_text", "字符有误")                                                               \
    X(SPREADSHEET, ERROR, "spreadsheet", "表格软件改写") /* 4.20902E+11 */                                   \
    /* content */                                                                                            \
    X(DUPLICATE, ERROR, "duplicate", "重复")                                                                 \
    X(UNKNOWN_REFERENCE, ERROR, "unknown_reference", "查无此项")                                             \
    X(BAD_VALUE, ERROR, "bad_value", "取值有误")                                                             \
    X(BAD_LIMIT, ERROR, "bad_limit", "时限有误")                                                             \
    X(BARE_LIMIT, ERROR, "bare_limit", "时限单位不明") /* a bare 天 or 小时 */                            \
    X(CYCLE, ERROR, "cycle", "循环引用")                                                                     \
    X(PATTERN, ERROR, "pattern", "词式有误") /* of words in the text */                                      \
    X(NO_USER, WARNING, "no_user", "无此用户")                                                               \
    /* outlines */                                                                                           \
    X(OUTLINE, ERROR, "outline", "轮廓有误")                                                                 \
    X(OUTLINE_INVALID, WARNING, "outline_invalid", "轮廓无效") /* repaired for look-ups */                   \
    X(OUTLINE_OVERLAP, WARNING, "outline_overlap", "轮廓重叠")                                               \
    X(OUTLINE_GAP, WARNING, "outline_gap", "轮廓缺口")                                                       \
    /* check */                                                                                              \
    X(VACUUM, ERROR, "vacuum", "治理真空")                                                                   \
    X(SHADOWED, WARNING, "shadowed", "永不生效")                                                             \
    X(NOBODY_SERVES, ERROR, "nobody_serves", "无人承办") /* a relative call that finds no unit */            \
    X(EMPTY_RUNG, WARNING, "empty_rung", "督办节点无人")                                                     \
    X(NO_PRINCIPAL, WARNING, "no_principal", "单位无账号")                                                   \
    X(NO_KEY, WARNING, "no_key", "账号无密钥")                                                               \
    X(KEY_ENDING, WARNING, "key_ending", "密钥将到期")                                                       \
    X(KEY_OF_NOBODY, WARNING, "key_of_nobody", "密钥无主")                                                   \
    X(NO_CONTACT, WARNING, "no_contact", "单位无联系人")                                                     \
    X(NO_MEMBER, WARNING, "no_member", "无人可召")                                                           \
    X(FEW_MEMBERS, WARNING, "few_members", "队员不足")                                                       \
    X(LIMIT_ORDER, WARNING, "limit_order", "时限倒置")                                                       \
    X(YEAR_MISSING, ERROR, "year_missing", "日历缺本年")                                                     \
    X(NEXT_YEAR_MISSING, NOTE, "next_year_missing", "日历缺下年")

enum finding_code {
#define X(id, severity, name, zh) FINDING_##id,
    FINDINGS(X)
#undef X
};

enum severity {
    SEVERITY_ERROR,
    SEVERITY_WARNING,
    SEVERITY_NOTE,
};

struct finding {
    enum finding_code code;
    const char *file;     // "" where it is about the directory
    uint32_t line;        // from 1; 0: about the whole file
    uint32_t column;      // from 1, in characters
    const char *sentence; // English; names as the rulebook has them
    const char
        *shown; // the line, or the part of it around the column; NULL without one, and of private files
    uint32_t shown_at; // terminal columns in front of the caret
};

struct rulebook_report {
    struct arena arena;
    struct finding *items; // in order of file, line, column once sorted
    size_t count;
    size_t capacity;
    uint32_t errors;
    uint32_t warnings;
    uint32_t notes;
    uint32_t left_out; // findings past REPORT_MAX, counted only
};

enum { REPORT_MAX = 1000 };

void rulebook_report_init(struct rulebook_report *report);
void rulebook_report_fini(struct rulebook_report *report);

const char *finding_name(enum finding_code code);
const char *finding_chinese(enum finding_code code);
enum severity finding_severity(enum finding_code code);

// Adds a finding; the sentence is copied.
void report_add(struct rulebook_report *report, enum finding_code code, struct mark at, const char *format,
                ...) __attribute__((format(printf, 4, 5)));

// The same for a file that has no text to point into; `file` may be "", `line` and `column` 0.
void report_file(struct rulebook_report *report, enum finding_code code, const char *file, uint32_t line,
                 uint32_t column, const char *format, ...) __attribute__((format(printf, 6, 7)));

// Puts the findings in order of file, line, column.
void rulebook_report_sort(struct rulebook_report *report);

// "rules.yaml:31:5 治理真空 vacuum: …", then the line with a caret; one after the other, then a count.
void rulebook_report_text(const struct rulebook_report *report, struct buffer *out);

// {"errors":1,"warnings":0,"findings":[{"severity","code","chinese","file","line","column","sentence"}…]}.
// False without memory.
bool rulebook_report_json(const struct rulebook_report *report, struct buffer *out);
