"""What two conditions have to do with each other: can both hold, does one hold whenever the other does, what is left.

This room answers questions such as "does this rule ever get an event that an earlier rule has not taken?". It does so
with three steps that textbooks know.

1. **Disjunctive normal form** (`dnf.py`). A condition becomes alternatives, each a *conjunction*. A conjunction maps a
   subject (a fact, an hours block) to a *constraint* on its value (`model/constraint.py`): a set of words, a set of
   intervals, or both complemented. `amount > 5 and (plan is gold or plan is silver)` becomes

       [{amount: (5, ∞), plan: {gold, silver}}]

   Constraints on one subject are merged, so a conjunction is a product of one domain a subject: a box in as many
   dimensions as it has subjects. A subject that is missing is unconstrained.

   Logic here has three values: a comparison with an unknown fact is neither true nor false. So the form of a condition
   says where it is true, the form of its negation says where it is false, and neither holds where it is unknown.

2. **Contradiction and implication** (`intersect` and `conjunction_implies` of `dnf.py`; `guards.py` makes findings of
   them). Two conjunctions can hold together where each subject that both
   constrain has a value left: the intersection is made subject by subject. One implies the other where each
   constraint of the other contains its own.

3. **Usefulness** (`coverage.py`). Whether a rule still gets an event is the question that Maranget asks of a clause in
   a pattern match ("Warnings for pattern matching", 2007): subtract the regions that earlier rules surely take, and see
   whether something is left. Subtracting the region `{plan: {gold}}` from the region above leaves

       [{amount: (5, ∞), plan: {silver}}]

   Subtracting from a product splits it in as many pieces as there are subjects, so the pieces are bounded
   (`MAX_PIECES`); beyond the bound nothing is claimed. An index finds the earlier rules that share an event, so that
   the work does not grow with the square of the rules.

`example.py` goes the other way: from a conjunction to facts that somebody could type, for a message's example.
Every bound errs to one side: a finding is made only where it is proven.
"""
