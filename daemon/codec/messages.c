#include "codec/messages.h"

#include "core/command.h"
#include "core/decide.h"
#include "whistle.pb-c.h"

#define FIELD(name, type, count_offset, sub)                                                                 \
    {                                                                                                        \
#name, type, offsetof(OF, name), count_offset, sub                                                   \
    }
#define TEXT(name)              FIELD(name, CODEC_TEXT, 0, NULL)
#define BLOB(name)              FIELD(name, CODEC_BLOB, 0, NULL)
#define WORD(name)              FIELD(name, CODEC_WORD, 0, NULL)
#define LONG(name)              FIELD(name, CODEC_LONG, 0, NULL)
#define BOOL(name)              FIELD(name, CODEC_BOOL, 0, NULL)
#define DOUBLE(name)            FIELD(name, CODEC_DOUBLE, 0, NULL)
#define TEXTS(name, number)     FIELD(name, CODEC_TEXTS, offsetof(OF, number), NULL)
#define ONE(name, sub)          FIELD(name, CODEC_ONE, 0, &codec_##sub)
#define IN(name, sub)           FIELD(name, CODEC_IN, 0, &codec_##sub)
#define MANY(name, number, sub) FIELD(name, CODEC_MANY, offsetof(OF, number), &codec_##sub)
#define COUNT(array)            (sizeof array / sizeof array[0])
#define MESSAGE(name, wire, unknown)                                                                         \
    static const ProtobufCFieldDescriptor *name##_wire[COUNT(name##_fields)];                                \
    const struct codec_message codec_##name = {&whistle__v1__##wire##__descriptor,                           \
                                               sizeof(OF),                                                   \
                                               name##_fields,                                                \
                                               COUNT(name##_fields),                                         \
                                               name##_wire,                                                  \
                                               unknown}

#define OF struct position
static const struct codec_field position_fields[] = {
    DOUBLE(latitude),
    DOUBLE(longitude),
    WORD(datum),
};
MESSAGE(position, position, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct attachment
static const struct codec_field attachment_fields[] = {
    BLOB(sha256), LONG(bytes), TEXT(media_type), TEXT(uri), TEXT(phase),
};
MESSAGE(attachment, attachment, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct attribute
static const struct codec_field attribute_fields[] = {
    TEXT(name),
    TEXT(value),
};
MESSAGE(attribute, attribute, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct whistle
static const struct codec_field whistle_fields[] = {
    WORD(kind),
    TEXT(category),
    TEXT(category_standard),
    TEXT(condition),
    WORD(nature),
    WORD(severity),
    TEXT(area),
    ONE(position, position),
    TEXT(title),
    BOOL(confidential),
    TEXT(source),
    TEXT(source_no),
    TEXT(on_behalf_of),
    LONG(appointed_ms),
    TEXT(meeting_point),
    MANY(attachments, attachment_count, attachment),
    MANY(attributes, attribute_count, attribute),
    LONG(reported_ms),
    WORD(places),
    TEXT(skill),
};
MESSAGE(whistle, whistle, offsetof(struct whistle, unknown));
#undef OF

#define OF struct rule_ref
static const struct codec_field rule_ref_fields[] = {
    TEXT(id),
    TEXT(file),
    WORD(line),
    BLOB(rulebook),
};
MESSAGE(rule_ref, rule_ref, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct limit
static const struct codec_field limit_fields[] = {
    WORD(measure),
    LONG(amount),
};
MESSAGE(limit, limit, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct petition
static const struct codec_field petition_fields[] = {
    WORD(verb), WORD(stage), IN(limit, limit), LONG(until_ms), LONG(at_ms), TEXT(reason), WORD(clock),
};
MESSAGE(petition, petition, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct summons
static const struct codec_field summons_fields[] = {
    WORD(id),           TEXT(unit),
    WORD(role),         WORD(state),
    TEXT(contact),      LONG(called_ms),
    LONG(accepted_ms),  LONG(reported_ms),
    LONG(eta_ms),       LONG(arrived_ms),
    LONG(done_ms),      WORD(head_count),
    LONG(accepted_seq), LONG(reported_seq),
    LONG(done_seq),     WORD(verdict),
    WORD(reworks),      WORD(urges),
    TEXT(reason),       LONG(held_since_ms),
    LONG(held_ms),      IN(petition, petition),
    WORD(extensions),   WORD(appeals),
    TEXT(handler),      LONG(handed_ms),
    LONG(progress_seq), TEXT(exempt),
};
MESSAGE(summons, summons, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct closing
static const struct codec_field closing_fields[] = {
    WORD(needs),  LONG(fed_back_ms), LONG(fed_back_seq),    WORD(calls),    LONG(called_back_ms),
    WORD(solved), WORD(satisfied),   LONG(reopen_until_ms), WORD(reopened),
};
MESSAGE(closing, closing, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct claim
static const struct codec_field claim_fields[] = {
    TEXT(member), TEXT(unit), WORD(state), LONG(claimed_ms), LONG(arrived_ms),
};
MESSAGE(claim, claim, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct open_call
static const struct codec_field open_call_fields[] = {
    TEXT(pool), TEXT(skill), TEXT(area), WORD(places), MANY(claims, claim_count, claim), LONG(filled_ms),
};
MESSAGE(open_call, open_call, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct joined
static const struct codec_field joined_fields[] = {
    TEXT(number),
    TEXT(office),
};
MESSAGE(joined, joined, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct clock_pause
static const struct codec_field pause_fields[] = {
    LONG(from_ms),
    LONG(to_ms),
    TEXT(reason),
    LONG(until_ms),
};
MESSAGE(pause, pause, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct step
static const struct codec_field step_fields[] = {
    TEXT(name),
    IN(limit, limit),
};
MESSAGE(step, step, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct clock_extension
static const struct codec_field extension_fields[] = {
    IN(limit, limit),
    LONG(at_ms),
    TEXT(reason),
};
MESSAGE(extension, extension, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct address
static const struct codec_field address_fields[] = {
    WORD(kind),
    WORD(level),
    TEXT(name),
};
MESSAGE(address, address, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct rung
static const struct codec_field rung_fields[] = {
    WORD(id),         WORD(when),     WORD(share), IN(by, limit), IN(every, limit),
    WORD(cap),        BOOL(in_hours), WORD(acts),  BOOL(urgent),  MANY(to, to_count, address),
    IN(limit, limit), TEXT(ladder),
};
MESSAGE(rung, rung, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct clock_rung
static const struct codec_field clock_rung_fields[] = {
    WORD(id), WORD(turn), LONG(at_ms), LONG(fired_ms), IN(rung, rung),
};
MESSAGE(clock_rung, clock_rung, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct clock
static const struct codec_field clock_fields[] = {
    WORD(id),
    WORD(stage),
    WORD(summons),
    TEXT(unit),
    IN(limit, limit),
    TEXT(calendar),
    TEXT(ladder),
    TEXT(why),
    LONG(start_ms),
    LONG(due_ms),
    LONG(stopped_ms),
    WORD(stop),
    BOOL(provisional),
    MANY(pauses, pause_count, pause),
    MANY(extensions, extension_count, extension),
    MANY(rungs, rung_count, clock_rung),
    TEXT(step),
    MANY(steps, step_count, step),
    LONG(promise_ms),
    WORD(multiple),
    TEXT(exempt),
    LONG(taken_over_ms),
    LONG(own_due_ms),
};
MESSAGE(clock, clock, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct recipient
static const struct codec_field recipient_fields[] = {
    TEXT(code),
    WORD(why),
    BOOL(digested),
};
MESSAGE(recipient, recipient, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct cursor_move
static const struct codec_field cursor_move_fields[] = {
    TEXT(recipient),
    TEXT(consumer),
    LONG(upto),
};
MESSAGE(cursor_move, cursor_move, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct event
static const struct codec_field event_fields[] = {
    LONG(seq),
    LONG(at_ms),
    WORD(kind),
    LONG(case_id),
    TEXT(number),
    TEXT(area),
    WORD(local_day),
    MANY(recipients, recipient_count, recipient),
    LONG(next_due_ms),
    WORD(state),
    ONE(whistle, whistle),
    MANY(summons, summons_count, summons),
    MANY(clocks, clock_count, clock),
    ONE(rule, rule_ref),
    TEXT(unit),
    TEXT(target),
    TEXT(reason),
    WORD(verdict),
    WORD(head_count),
    LONG(eta_ms),
    LONG(arrived_ms),
    MANY(attachments, attachment_count, attachment),
    TEXT(charge),
    LONG(about_seq),
    TEXT(means),
    WORD(tries),
    ONE(position, position),
    WORD(stage),
    WORD(rung),
    BOOL(late),
    BOOL(history),
    TEXT(office),
    TEXTS(flags, flag_count),
    TEXT(detail),
    WORD(personal),
    MANY(cursors, cursor_count, cursor_move),
    ONE(petition, petition),
    ONE(closing, closing),
    ONE(open_call, open_call),
    TEXT(other),
    WORD(ruling),
    WORD(satisfied),
    TEXTS(related, related_count),
    TEXT(category_class),
    TEXT(unreasonable),
};
MESSAGE(event, event, offsetof(struct event, unknown));
#undef OF

#define OF struct casefile
static const struct codec_field casefile_fields[] = {
    LONG(id),
    TEXT(number),
    WORD(state),
    ONE(whistle, whistle),
    TEXT(area),
    TEXT(office),
    TEXT(principal),
    TEXT(agent),
    MANY(summons, summons_count, summons),
    MANY(clocks, clock_count, clock),
    ONE(rule, rule_ref),
    TEXT(charge),
    LONG(filed_ms),
    LONG(updated_ms),
    LONG(closed_ms),
    LONG(promised_ms),
    LONG(next_due_ms),
    LONG(last_seq),
    WORD(declines),
    WORD(urges),
    WORD(reworks),
    WORD(levels_up),
    WORD(rungs_fired),
    BOOL(history),
    BOOL(erased),
    TEXT(reason),
    TEXTS(flags, flag_count),
    ONE(closing, closing),
    ONE(open_call, open_call),
    MANY(joined, joined_count, joined),
    TEXT(merged_into),
    TEXTS(related, related_count),
    TEXT(category_class),
    TEXT(unreasonable),
};
MESSAGE(casefile, case, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct act
static const struct codec_field act_fields[] = {
    WORD(verb),
    TEXT(number),
    TEXT(unit),
    TEXT(target),
    TEXT(reason),
    WORD(head_count),
    LONG(eta_ms),
    LONG(arrived_ms),
    ONE(position, position),
    WORD(role),
    LONG(due_ms),
    WORD(verdict),
    MANY(attachments, attachment_count, attachment),
    LONG(seq),
    TEXT(means),
    WORD(tries),
    TEXT(limit),
    WORD(stage),
    TEXT(other),
    WORD(satisfied),
};
MESSAGE(act, act, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct called
static const struct codec_field called_fields[] = {
    TEXT(unit),          TEXT(name),          WORD(role),           TEXT(contact),
    LONG(accept_due_ms), LONG(report_due_ms), LONG(resolve_due_ms), TEXT(limit),
};
MESSAGE(called, called, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct duplicate
static const struct codec_field duplicate_fields[] = {
    TEXT(number),
    TEXT(title),
    LONG(filed_ms),
};
MESSAGE(duplicate, duplicate, CODEC_NO_UNKNOWN);
#undef OF

#define OF struct precedent
static const struct codec_field precedent_fields[] = {
    TEXT(number), LONG(at_ms), TEXT(category), TEXT(area), WORD(ruling), TEXT(from), TEXT(to), TEXT(reason),
};
MESSAGE(precedent, precedent, CODEC_NO_UNKNOWN);
#undef OF

const struct codec_message *const codec_messages[] = {
    &codec_position,  &codec_attachment, &codec_attribute,   &codec_whistle,
    &codec_rule_ref,  &codec_summons,    &codec_limit,       &codec_pause,
    &codec_extension, &codec_address,    &codec_rung,        &codec_clock_rung,
    &codec_clock,     &codec_recipient,  &codec_cursor_move, &codec_event,
    &codec_casefile,  &codec_act,        &codec_called,      &codec_duplicate,
    &codec_precedent, &codec_closing,    &codec_claim,       &codec_open_call,
    &codec_joined,    &codec_petition,   &codec_step,        NULL,
};

// Before main, so that no thread can see a table half bound.
__attribute__((constructor)) static void bind_all(void)
{
    for (const struct codec_message *const *message = codec_messages; *message; message++)
        codec_bind(*message);
}
