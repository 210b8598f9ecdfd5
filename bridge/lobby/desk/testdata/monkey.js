// What a monkey can do in a page. Each act gets a number that says what exactly, waits
// until the page is at rest or a second has passed, and tells what it did.
'use strict';
window.monkey = (() => {
  const texts = ['', ' ', 'hello', 'error\\d{3}', '(', '(a+)+$', 'مرحبا بك', '<b>x</b>', '"><img src=x onerror=alert(1)>', "'; drop table chats; --",
    '{{.}}', '${1}', 'a@b.example', '<a@b.example>, c@d.example', '1'.repeat(400), 'word '.repeat(900), '😀👩‍👩‍👧', '\u202Eabc', '\u0000\u0007', 'a\r\nb\n\n\nc', '%00%2f..', '-1', 'refund', 'https://a.example/?x=<y>&z="', 'é'.repeat(3000)];
  const names = ['note.txt', 'a b.pdf', '../../x', '"><b>.png', 'مرحبا.txt', 'x'.repeat(200) + '.txt', '.', 'con\u0000.txt', 'pic.svg', 'empty'];
  const kinds = ['text/plain', 'image/png', 'image/svg+xml', 'text/html', 'application/pdf', '', 'nonsense'];

  // chance gives the same numbers for the same seed (mulberry32).
  const chance = seed => () => {
    seed = seed + 0x6D2B79F5 | 0;
    let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return ((t ^ t >>> 14) >>> 0) / 4294967296;
  };
  const of = (list, r) => list[Math.floor(r() * list.length)];
  const pause = ms => new Promise(done => setTimeout(done, ms));
  const rest = async ok => {
    for (let i = 0; i < 50 && !ok(); i++) await pause(20);
    return ok();
  };
  const calm = () => !document.querySelector('.htmx-request');
  const name = e => e.tagName + ' ' + (e.getAttribute('aria-label') || e.textContent || e.name || e.id).trim().slice(0, 40);

  // reached reports whether a person can get at an element.
  const reached = e => {
    if (e.disabled || !e.checkVisibility()) return false;
    const r = e.getBoundingClientRect(), top = document.elementFromPoint(r.left + r.width / 2, r.top + r.height / 2);
    return top && (e.contains(top) || top.contains(e));
  };
  const find = sel => [...document.querySelectorAll(sel)].filter(reached);

  // chat leads to a chat to write in, when the page shows none: one of the agent's, or
  // one that waits; for guests a new one.
  const chat = async r => {
    if (document.querySelector('.composer')) return true;
    const off = document.querySelector('#status [aria-checked=false]'), all = [...document.querySelectorAll('#side .group .row a, #queue button, .over a')];
    if (off) off.click();
    if (!all.length) return false;
    of(all, r).click();
    return rest(() => document.querySelector('.composer'));
  };

  const fill = (e, r) => {
    if (e.matches('[type=hidden], [type=file]') || e.disabled) return;
    if (e.matches('[type=checkbox], [type=radio]')) { if (r() < 0.5) e.click(); return; }
    if (e.matches('select')) e.selectedIndex = Math.floor(r() * e.options.length);
    else e.value = e.type === 'email' && r() < 0.5 ? 'maya@example.com' : of(texts, r);
    e.dispatchEvent(new Event(e.matches('select') ? 'change' : 'input', {bubbles: true}));
  };
  const file = r => new File([r() < 0.2 ? '' : of(texts, r)], of(names, r), {type: of(kinds, r)});

  // What would open another tab opens in this one, if it is ours; what would be kept as
  // a file is only fetched.
  document.addEventListener('submit', e => { e.target.target = ''; }, true);
  document.addEventListener('click', e => {
    const a = e.target.closest && e.target.closest('a[download], a[target=_blank]');
    if (!a) return;
    if (a.hasAttribute('download')) fetch(a.href).catch(() => {});
    if (a.hasAttribute('download') || a.origin !== location.origin) { e.preventDefault(); e.stopPropagation(); }
    a.target = '';
  }, true);

  const acts = {
    // swing clicks on something, or writes or chooses something.
    swing: r => {
      const all = find('a[href], button, summary, input, select, textarea').filter(e => !e.matches('.me *, [type=file]'));
      if (!all.length) return 'nothing to click on';
      const e = of(all, r), what = name(e);
      e.focus();
      if (!e.matches('input, textarea, select')) e.click();
      else {
        fill(e, r);
        if (e.matches('textarea') && e.form && r() < 0.7) e.form.requestSubmit();
      }
      return what;
    },
    // twice clicks as somebody impatient does.
    twice: r => {
      const all = find('button').filter(e => !e.matches('.me *'));
      if (!all.length) return 'nothing to click on';
      const e = of(all, r), what = name(e);
      e.click(); e.click();
      return what;
    },
    // act goes through a quick action to its end.
    act: async r => {
      await chat(r);
      const all = find('.quick button');
      if (!all.length) return 'no quick actions';
      const e = of(all, r), what = name(e);
      e.click();
      const open = () => document.querySelector('dialog[open] form, dialog[open] button, #panel form, #panel .panelbody');
      if (!await rest(open)) return what + ': nothing opened';
      const form = open().closest('form');
      if (!form) return what;
      for (const f of [...form.elements]) fill(f, r);
      if (r() < 0.8) form.requestSubmit(form.querySelector('.button:not(.quiet)'));
      else if (r() < 0.5 && document.querySelector('dialog[open]')) document.querySelector('dialog[open]').close();
      return what + ': sent';
    },
    take: r => {
      const all = find('#queue button, .bandtake button');
      if (!all.length) return 'nobody waits';
      const e = of(all, r), what = name(e);
      e.click();
      return what;
    },
    say: async r => {
      if (!await chat(r)) return 'nowhere to write';
      const area = document.querySelector('.composer textarea');
      fill(area, r);
      area.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true}));
      return 'says ' + area.value.slice(0, 20);
    },
    upload: async r => {
      if (!await chat(r)) return 'nowhere to attach';
      const input = document.querySelector('[data-files]'), files = new DataTransfer();
      for (let n = 1 + Math.floor(r() * 2); n > 0; n--) files.items.add(file(r));
      if (r() < 0.5) {
        input.files = files.files;
        input.dispatchEvent(new Event('change', {bubbles: true}));
      } else {
        for (const kind of ['dragenter', 'dragover', 'drop']) document.body.dispatchEvent(new DragEvent(kind, {bubbles: true, cancelable: true, dataTransfer: files}));
      }
      return 'attaches ' + files.files[0].name;
    },
    undo: async r => {
      const all = [...document.querySelectorAll('.deed .menu')];
      if (!all.length) return 'nothing that Bellhop did';
      const menu = of(all, r);
      menu.open = true;
      const e = of([...menu.querySelectorAll('button')], r), what = name(e);
      e.click();
      return what;
    },
    scroll: r => {
      const e = of([...document.querySelectorAll('.log, #side, #panel'), document.scrollingElement], r);
      e.scrollTop = Math.floor(r() * e.scrollHeight);
      return 'scrolls ' + e.tagName;
    },
    back: () => { history.back(); return 'goes back'; },
    forth: () => { history.forward(); return 'goes forward'; },
    reload: () => { location.reload(); return 'loads anew'; },
    leave: () => {
      const e = document.querySelector('.me button');
      if (!e) return 'has left';
      e.click();
      return 'signs out';
    },
    // begin is for guests without a chat.
    begin: r => {
      const form = document.querySelector('form[action="/guest/start"]');
      if (!form) return 'has a chat';
      for (const f of [...form.elements]) fill(f, r);
      if (!form.checkValidity()) { form.elements.name.value = 'Maya'; form.elements.email.value = ''; }
      form.requestSubmit();
      return 'begins as ' + form.elements.name.value.slice(0, 20);
    },
  };

  return {
    // do does one act; in one of five cases it doesn't wait for what comes of it.
    do: async (kind, seed) => {
      const r = chance(seed), hurry = r() < 0.2;
      const did = kind + '(' + seed + '): ' + await acts[kind](r);
      if (!hurry) await rest(calm);
      return did;
    },
  };
})();
