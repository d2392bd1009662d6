import type { Rulebook } from '@refold/domain';

/** Views that throw where a run is listed behind an event `my.unlisted`. */
export const unlisting = (rulebook: Rulebook): Rulebook => ({
  ...rulebook,
  views: rulebook.views.map((view) => ({
    ...view,
    entries(document, state) {
      const { last_event_type: last } = document as { last_event_type?: string };
      if (last === 'my.unlisted') throw new TypeError('it is not listed');
      return view.entries(document, state);
    },
  })),
});
