// Runs in the frame of the preview panel, after Wagtail's user bar. The panel shows an update when
// the frame it replaces has said how far it was scrolled. Both frames share one thread, and the
// user bar starts its content checks at once, which take longer than everything before them: let
// them wait until the panel has its answer.
const LONGEST_WAIT_MILLISECONDS = 1000;

const userBar = window.wagtail?.userbar;
if (userBar?.initializeAxe && window.top !== window) {
  const initializeAxe = userBar.initializeAxe.bind(userBar);
  const scrolled = new Promise((resolve) => {
    window.addEventListener("message", (event) => {
      if (event.data?.wagtail?.type === "w-preview:set-scroll-position") resolve();
    });
    window.addEventListener("load", () => setTimeout(resolve, LONGEST_WAIT_MILLISECONDS));
  });
  userBar.initializeAxe = () => scrolled.then(initializeAxe);
}
