import fc from "fast-check";
import { expect, it } from "vitest";
import { Agenda, type Scheduled } from "./agenda.ts";

it("gives entries out by due time and sequence, whatever was taken out before", () => {
  const entry = fc.record({ due: fc.nat(20), drop: fc.boolean() });

  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), (recipe) => {
      const agenda = new Agenda<Scheduled>();
      const entries = recipe.map(({ due }, sequence) => ({ due, sequence, agendaIndex: -1 }));
      for (const one of entries) agenda.push(one);
      const kept = entries.filter((one, i) => {
        if (recipe[i]?.drop === true) agenda.remove(one);
        return one.agendaIndex >= 0;
      });
      const order: Scheduled[] = [];
      for (let next = agenda.first(); next !== undefined; next = agenda.first()) {
        agenda.remove(next);
        order.push(next);
      }

      expect(order).toEqual(kept.sort((a, b) => a.due - b.due || a.sequence - b.sequence));
    }),
  );
});

it("ignores the removal of what it does not hold", () => {
  const agenda = new Agenda<Scheduled>();
  const stranger = { due: 1, sequence: 1, agendaIndex: -1 };

  agenda.remove(stranger);
  expect(agenda.size).toBe(0);
});
