// The queue of reviews by keyboard: J and K move, A approves, R goes to the reason of a return.
// Every key presses a button that is there without this file.
"use strict";
(function () {
  const reviews = Array.from(document.querySelectorAll("section.review"));
  let at = -1;

  function show(next) {
    if (next < 0 || next >= reviews.length) return;
    if (at >= 0) reviews[at].classList.remove("here");
    at = next;
    reviews[at].classList.add("here");
    reviews[at].focus({ preventScroll: true });
    reviews[at].scrollIntoView({ block: "start" });
  }

  function press(selector) {
    const found = at >= 0 && reviews[at].querySelector(selector);
    if (!found) return;
    if (found.matches("button, a")) found.click();
    else found.focus();
  }

  document.addEventListener("keydown", function (event) {
    const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
    if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
    const acts = {
      j: () => show(at + 1),
      k: () => show(at - 1),
      a: () => press("[value=approve], [href='#muc-dich']"),
      r: () => press("input[name=reason]"),
    };
    const act = acts[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // After a verdict on a part of a change its address names what is left of it.
  const named = reviews.findIndex((review) => "#" + review.id === location.hash);
  if (named >= 0) show(named);
})();
