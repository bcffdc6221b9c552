// The texts that init writes; {0} and {1} are filled in.
#pragma once

extern const char init_units_head[];
extern const char init_contacts[];
extern const char init_roster[];
extern const char init_categories[];
extern const char init_conditions[];
extern const char init_ladders[];
extern const char init_rules[]; // {0}: who leads what nobody else does
extern const char init_rates[];
extern const char init_principals[];
extern const char init_principals_head[];
extern const char init_rulebook[];  // {0} city, {1} zone
extern const char init_calendars[]; // {0} years
extern const char init_holidays[];  // China, 2025 and 2026
