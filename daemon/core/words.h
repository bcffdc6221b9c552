// The enumerations of the field, each from one list: number (as on the wire), name, Chinese name.
//
// Numbers equal those of proto/whistle.proto (test_codec holds them to it). Name and number are stable; the
// names are what the rulebook writes and what JSON shows.
#pragma once

#define KINDS(X)                                                                                             \
    X(ISSUE, 1, "issue", "日常哨")                                                                           \
    X(JOINT, 2, "joint", "综合执法哨")                                                                       \
    X(EMERGENCY, 3, "emergency", "应急哨")                                                                   \
    X(PRIORITY, 4, "priority", "重点工作哨")                                                                 \
    X(CALLUP, 5, "callup", "社区哨")

#define NATURES(X)                                                                                           \
    X(COMPLAINT, 1, "complaint", "投诉")                                                                     \
    X(REQUEST, 2, "request", "求决")                                                                         \
    X(REPORT, 3, "report", "举报")                                                                           \
    X(CONSULTATION, 4, "consultation", "咨询")                                                               \
    X(SUGGESTION, 5, "suggestion", "建议")                                                                   \
    X(THANKS, 6, "thanks", "感谢")

#define CASE_STATES(X)                                                                                       \
    X(FILED, 1, "filed", "立案")                                                                             \
    X(AWAITING_APPROVAL, 2, "awaiting_approval", "待批")                                                     \
    X(DISPATCHED, 3, "dispatched", "派遣")                                                                   \
    X(IN_HAND, 4, "in_hand", "处置中")                                                                       \
    X(RESOLVED, 5, "resolved", "处置完成")                                                                   \
    X(VERIFIED, 6, "verified", "核查")                                                                       \
    X(CLOSED, 7, "closed", "结案")                                                                           \
    X(ARBITRATION, 8, "arbitration", "裁定中")                                                               \
    X(SUSPENDED, 9, "suspended", "挂账")                                                                     \
    X(REGISTERED, 10, "registered", "登记")                                                                  \
    X(REJECTED, 11, "rejected", "不予受理")                                                                  \
    X(CANCELLED, 12, "cancelled", "撤销")                                                                    \
    X(MERGED, 13, "merged", "并案")

#define SUMMONS_STATES(X)                                                                                    \
    X(CALLED, 1, "called", "待签收")                                                                         \
    X(ACCEPTED, 2, "accepted", "已签收")                                                                     \
    X(REPORTED, 3, "reported", "已报到")                                                                     \
    X(DONE, 4, "done", "已办结")                                                                             \
    X(DECLINED, 5, "declined", "已退单")                                                                     \
    X(EXCUSED, 6, "excused", "已撤派")

#define ROLES(X)                                                                                             \
    X(LEAD, 1, "lead", "主办")                                                                               \
    X(ASSIST, 2, "assist", "协办")

#define VERDICTS(X)                                                                                          \
    X(SOLVED, 1, "solved", "已解决")                                                                         \
    X(NOT_SOLVED, 2, "not_solved", "未解决")

// What the resident says when he is called back; 满意率 counts the first two.
#define SATISFACTIONS(X)                                                                                     \
    X(SATISFIED, 1, "satisfied", "满意")                                                                     \
    X(BASICALLY, 2, "basically", "基本满意")                                                                 \
    X(DISSATISFIED, 3, "dissatisfied", "不满意")

// How the desk settles who has to come.
#define RULINGS(X)                                                                                           \
    X(ASSIGN, 1, "assign", "改派")                                                                           \
    X(UPHOLD, 2, "uphold", "维持派单")                                                                       \
    X(EXCUSE, 3, "excuse", "免派")

// Why an open case has nothing that falls due.
#define WAITS(X)                                                                                             \
    X(PLACING, 1, "placing", "待分派")                                                                       \
    X(VERDICT, 2, "verdict", "待评哨")                                                                       \
    X(FEEDBACK, 3, "feedback", "待反馈")                                                                     \
    X(CALL_BACK, 4, "call_back", "待回访")                                                                   \
    X(RESUME, 5, "resume", "待恢复")                                                                         \
    X(PEOPLE, 6, "people", "督办节点已尽")

// A member's place in a call-up.
#define CLAIM_STATES(X)                                                                                      \
    X(CLAIMED, 1, "claimed", "已认领")                                                                       \
    X(ON_SITE, 2, "on_site", "已到位")                                                                       \
    X(WITHDRAWN, 3, "withdrawn", "已放弃")

#define VERBS(X)                                                                                             \
    X(ACCEPT, 1, "accept", "签收")                                                                           \
    X(REPORT, 2, "report", "报到")                                                                           \
    X(DECLINE, 3, "decline", "退单")                                                                         \
    X(RESOLVE, 4, "resolve", "办结")                                                                         \
    X(COMMENT, 5, "comment", "批注")                                                                         \
    X(URGE, 6, "urge", "催办")                                                                               \
    X(SUPERVISE, 7, "supervise", "督办")                                                                     \
    X(ANSWER, 8, "answer", "答复督办")                                                                       \
    X(HAND_UP, 9, "hand_up", "上报")                                                                         \
    X(ADD_UNIT, 10, "add_unit", "增派")                                                                      \
    X(REASSIGN, 11, "reassign", "改派")                                                                      \
    X(SETTLE, 12, "settle", "自办")                                                                          \
    X(EVALUATE, 13, "evaluate", "评哨")                                                                      \
    X(CANCEL, 14, "cancel", "撤销")                                                                          \
    X(DELIVERED, 15, "delivered", "送达")                                                                    \
    X(UNDELIVERED, 16, "undelivered", "未送达")                                                              \
    X(EXTEND, 17, "extend", "延期")                                                                          \
    X(PAUSE, 18, "pause", "暂停")                                                                            \
    X(SUSPEND, 19, "suspend", "挂账")                                                                        \
    X(APPEAL, 20, "appeal", "申诉")                                                                          \
    X(GRANT, 21, "grant", "准予")                                                                            \
    X(REFUSE, 22, "refuse", "不准")                                                                          \
    X(RESUME, 23, "resume", "恢复")                                                                          \
    X(CHANGE_LIMIT, 24, "change_limit", "改时限")                                                            \
    X(ADVANCE, 25, "advance", "阶段办结")                                                                    \
    X(VERIFY, 26, "verify", "核查")                                                                          \
    X(FEEDBACK, 27, "feedback", "反馈")                                                                      \
    X(CALL_BACK, 28, "call_back", "回访")                                                                    \
    X(CLOSE, 29, "close", "结案")                                                                            \
    X(REOPEN, 30, "reopen", "重开")                                                                          \
    X(MERGE, 31, "merge", "并案")                                                                            \
    X(UNMERGE, 32, "unmerge", "拆案")                                                                        \
    X(HAND_DOWN, 33, "hand_down", "转派")                                                                    \
    X(RETURN, 34, "return", "交回")                                                                          \
    X(EXCUSE, 35, "excuse", "撤派")                                                                          \
    X(PROGRESS, 36, "progress", "进展")                                                                      \
    X(CLAIM, 37, "claim", "认领")                                                                            \
    X(CHECK_IN, 38, "check_in", "签到")                                                                      \
    X(WITHDRAW, 39, "withdraw", "放弃")                                                                      \
    X(CONVENE, 40, "convene", "提请会商")                                                                    \
    X(ERASE, 41, "erase", "抹除")

#define EVENT_KINDS(X)                                                                                       \
    X(FILED, 1, "filed", "受理")                                                                             \
    X(DISPATCHED, 2, "dispatched", "派遣")                                                                   \
    X(REGISTERED, 3, "registered", "登记")                                                                   \
    X(ACCEPTED, 4, "accepted", "签收")                                                                       \
    X(REPORTED, 5, "reported", "报到")                                                                       \
    X(DECLINED, 6, "declined", "退单")                                                                       \
    X(RESOLVED, 7, "resolved", "办结")                                                                       \
    X(COMMENTED, 8, "commented", "批注")                                                                     \
    X(URGED, 9, "urged", "催办")                                                                             \
    X(SUPERVISED, 10, "supervised", "督办")                                                                  \
    X(ANSWERED, 11, "answered", "答复督办")                                                                  \
    X(HANDED_UP, 12, "handed_up", "提级")                                                                    \
    X(UNIT_ADDED, 13, "unit_added", "增派")                                                                  \
    X(REASSIGNED, 14, "reassigned", "改派")                                                                  \
    X(SETTLED, 15, "settled", "自办")                                                                        \
    X(EVALUATED, 16, "evaluated", "评哨")                                                                    \
    X(REWORK, 17, "rework", "返工")                                                                          \
    X(CLOSED, 18, "closed", "结案")                                                                          \
    X(CANCELLED, 19, "cancelled", "撤销")                                                                    \
    X(RUNG, 20, "rung", "督办节点")                                                                          \
    X(DELIVERED, 21, "delivered", "送达")                                                                    \
    X(UNDELIVERED, 22, "undelivered", "未送达")                                                              \
    X(ERASED, 23, "erased", "已抹除")                                                                        \
    X(ASKED, 24, "asked", "申请")                                                                            \
    X(GRANTED, 25, "granted", "准予")                                                                        \
    X(REFUSED, 26, "refused", "不准")                                                                        \
    X(RESUMED, 27, "resumed", "恢复计时")                                                                    \
    X(LIMIT_CHANGED, 28, "limit_changed", "改时限")                                                          \
    X(ADVANCED, 29, "advanced", "阶段办结")                                                                  \
    X(VERIFIED, 30, "verified", "核查")                                                                      \
    X(RESCHEDULED, 31, "rescheduled", "重算时限")                                                            \
    X(AWAITING, 32, "awaiting", "报批")                                                                      \
    X(FED_BACK, 33, "fed_back", "反馈")                                                                      \
    X(CALLED_BACK, 34, "called_back", "回访")                                                                \
    X(REOPENED, 35, "reopened", "重开")                                                                      \
    X(MERGED, 36, "merged", "并案")                                                                          \
    X(JOINED, 37, "joined", "并入")                                                                          \
    X(UNMERGED, 38, "unmerged", "拆案")                                                                      \
    X(PARTED, 39, "parted", "拆出")                                                                          \
    X(RULES_LOADED, 40, "rules_loaded", "规则生效")                                                          \
    X(CLOCK_STEPPED, 41, "clock_stepped", "时钟跳变")                                                        \
    X(EPOCH_BEGUN, 42, "epoch_begun", "新纪元")                                                              \
    X(BACKLOG, 43, "backlog", "积压补办")                                                                    \
    X(STORE_OPENED, 44, "store_opened", "建库")                                                              \
    X(SILENT, 45, "silent", "失联")                                                                          \
    X(ACKED, 46, "acked", "已读")                                                                            \
    X(DIGEST, 47, "digest", "汇总提醒")                                                                      \
    X(HANDED_DOWN, 48, "handed_down", "转派")                                                                \
    X(RETURNED, 49, "returned", "交回")                                                                      \
    X(EXCUSED, 50, "excused", "撤派")                                                                        \
    X(PROGRESSED, 51, "progressed", "进展")                                                                  \
    X(OPEN_CALL, 52, "open_call", "招募")                                                                    \
    X(CLAIMED, 53, "claimed", "认领")                                                                        \
    X(CHECKED_IN, 54, "checked_in", "签到")                                                                  \
    X(WITHDREW, 55, "withdrew", "放弃")                                                                      \
    X(CONVENED, 56, "convened", "提请会商")                                                                  \
    X(VIEWED, 57, "viewed", "查阅")

#define WHYS(X)                                                                                              \
    X(LEAD, 1, "lead", "主办")                                                                               \
    X(ASSIST, 2, "assist", "协办")                                                                           \
    X(OFFICE, 3, "office", "吹哨单位")                                                                       \
    X(SUPERVISOR, 4, "supervisor", "督办")                                                                   \
    X(TOLD, 5, "told", "知会")

#define UNIT_TYPES(X)                                                                                        \
    X(STREET, 1, "street", "街道")                                                                           \
    X(COMMUNITY, 2, "community", "社区")                                                                     \
    X(DEPARTMENT, 3, "department", "部门")                                                                   \
    X(BRANCH, 4, "branch", "派驻机构")                                                                       \
    X(ENTERPRISE, 5, "enterprise", "企业")                                                                   \
    X(RESIDENT, 6, "resident", "驻区单位")                                                                   \
    X(TEAM, 7, "team", "队伍")                                                                               \
    X(CENTRE, 8, "centre", "指挥中心")

// What a principal may be; bit (1 << number).
#define DUTIES(X)                                                                                            \
    X(OFFICE, 0, "office", "吹哨单位")                                                                       \
    X(UNIT, 1, "unit", "承办单位")                                                                           \
    X(SUPERVISOR, 2, "supervisor", "督查")                                                                   \
    X(OBSERVER, 3, "observer", "观察")                                                                       \
    X(OPERATOR, 4, "operator", "运维")                                                                       \
    X(IMPORT, 5, "import", "导入")

#define DATUMS(X)                                                                                            \
    X(WGS84, 1, "wgs84", "WGS84")                                                                            \
    X(CGCS2000, 2, "cgcs2000", "CGCS2000")                                                                   \
    X(GCJ02, 3, "gcj02", "GCJ02")                                                                            \
    X(BD09, 4, "bd09", "BD09")

// What the public feed tells of a place.
#define PLACE_CAPS(X)                                                                                        \
    X(COMMUNITY, 0, "community", "社区")                                                                     \
    X(STREET, 1, "street", "街道")                                                                           \
    X(NONE, 2, "none", "不公开")

#define WORD_ENUM(enumeration, PREFIX, LIST) enum enumeration { LIST(PREFIX) }
#define KIND_(id, n, name, zh)               KIND_##id = n,
#define NATURE_(id, n, name, zh)             NATURE_##id = n,
#define CASE_(id, n, name, zh)               CASE_##id = n,
#define SUMMONS_(id, n, name, zh)            SUMMONS_##id = n,
#define ROLE_(id, n, name, zh)               ROLE_##id = n,
#define VERDICT_(id, n, name, zh)            VERDICT_##id = n,
#define SATISFACTION_(id, n, name, zh)       SATISFACTION_##id = n,
#define WAITS_(id, n, name, zh)              WAITS_##id = n,
#define RULING_(id, n, name, zh)             RULING_##id = n,
#define CLAIM_(id, n, name, zh)              CLAIM_##id = n,
#define VERB_(id, n, name, zh)               VERB_##id = n,
#define EVENT_(id, n, name, zh)              EVENT_##id = n,
#define WHY_(id, n, name, zh)                WHY_##id = n,
#define UNIT_(id, n, name, zh)               UNIT_##id = n,
#define DUTY_(id, n, name, zh)               DUTY_##id = n,
#define DATUM_(id, n, name, zh)              DATUM_##id = n,
#define PLACE_CAP_(id, n, name, zh)          PLACE_CAP_##id = n,

WORD_ENUM(kind, KIND_, KINDS);
WORD_ENUM(nature, NATURE_, NATURES);
WORD_ENUM(case_state, CASE_, CASE_STATES);
WORD_ENUM(summons_state, SUMMONS_, SUMMONS_STATES);
WORD_ENUM(role, ROLE_, ROLES);
WORD_ENUM(verdict, VERDICT_, VERDICTS);
WORD_ENUM(satisfaction, SATISFACTION_, SATISFACTIONS);
WORD_ENUM(waits, WAITS_, WAITS);
WORD_ENUM(ruling, RULING_, RULINGS);
WORD_ENUM(claim_state, CLAIM_, CLAIM_STATES);
WORD_ENUM(verb, VERB_, VERBS);
WORD_ENUM(event_kind, EVENT_, EVENT_KINDS);
WORD_ENUM(why, WHY_, WHYS);
WORD_ENUM(unit_type, UNIT_, UNIT_TYPES);
WORD_ENUM(duty, DUTY_, DUTIES);
WORD_ENUM(datum, DATUM_, DATUMS);
WORD_ENUM(place_cap, PLACE_CAP_, PLACE_CAPS);

// The lists as tables, for looking up names both ways.
enum word_list {
    WORDS_KIND,
    WORDS_NATURE,
    WORDS_CASE_STATE,
    WORDS_SUMMONS_STATE,
    WORDS_ROLE,
    WORDS_VERDICT,
    WORDS_SATISFACTION,
    WORDS_WAITS,
    WORDS_RULING,
    WORDS_CLAIM_STATE,
    WORDS_VERB,
    WORDS_EVENT_KIND,
    WORDS_WHY,
    WORDS_UNIT_TYPE,
    WORDS_DUTY,
    WORDS_DATUM,
    WORDS_PLACE_CAP,
};

// The name of `value`, or "unknown" (a newer peer's value is no error). Never NULL.
const char *word_name(enum word_list list, int value);

// The Chinese name, or "未知".
const char *word_chinese(enum word_list list, int value);

// The value of an English or Chinese name, or -1.
int word_value(enum word_list list, const char *name);
