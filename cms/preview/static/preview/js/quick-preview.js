// Wagtail looks for changes of the form every half second, and waits as long again before it tells
// the preview. A preview that follows in two seconds cannot spend one of them on that.
const CHECK_INTERVAL_MILLISECONDS = 150;

document.addEventListener("DOMContentLoaded", () => {
  const form = document.querySelector("[data-edit-form]");
  if (form) form.dataset.wUnsavedCheckIntervalValue = CHECK_INTERVAL_MILLISECONDS;
});
