// The words of the books as the reader writes them: what happened, and what keeps it from being counted.
#pragma once

// The kind of a fact: "rework" is 返工; of a limit its stage. What is not known is as it is; never NULL.
const char *intl_fact(const char *fact);

// An exclusion of a rate: "appeal" is 申诉成立. As above.
const char *intl_exclusion(const char *exclusion);
