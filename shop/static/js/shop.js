// Progressive enhancement only: every form below also works without this file.
(() => {
  "use strict";
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const toast = document.querySelector("[data-toast]");
  let toastTimer;

  function say(text, refused = false) {
    if (!toast) return;
    toast.textContent = text;
    toast.classList.toggle("refused", refused);
    toast.classList.add("shown");
    clearTimeout(toastTimer);
    toastTimer = setTimeout(() => toast.classList.remove("shown"), refused ? 5000 : 2500);
  }

  function showCount(count) {
    for (const badge of all("[data-cart-count]")) {
      badge.textContent = count;
      badge.classList.remove("bump");
      void badge.offsetWidth; // restarts the animation
      badge.classList.add("bump");
    }
  }

  // Sends a cart form and answers {code, message, count}. A body that is not JSON is a failure with no text of its own.
  async function post(form) {
    const body = new URLSearchParams(new FormData(form));
    const response = await fetch(form.action, {
      method: "POST",
      credentials: "same-origin",
      headers: { Accept: "application/json", "X-CSRFToken": body.get("csrfmiddlewaretoken") },
      body,
    });
    const answer = await response.json().catch(() => ({}));
    return response.ok && answer.code === 0 ? answer : { code: answer.code || response.status, message: answer.message };
  }

  // One cart form at a time: a second click waits for the first answer, so the last number typed is the one that stays.
  let queue = Promise.resolve();
  function sendCart(form) {
    queue = queue.then(async () => {
      const line = form.closest("[data-line]");
      line?.classList.add("busy");
      try {
        const answer = await post(form);
        if (answer.code === 0) showCount(answer.count);
        if (answer.code !== 0) say(answer.message || toast.dataset.failed, true);
        else if (form.dataset.cart === "add") say(toast.dataset.added);
        if (line) await repaintCart();
      } catch {
        say(toast.dataset.failed, true);
      } finally {
        line?.classList.remove("busy");
      }
    });
  }
  for (const form of all("form[data-cart]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      sendCart(form);
    });
  }

  // The cart page: numbers always come from the server's saved cart.
  const cart = document.querySelector("[data-cart-page]");
  let amounts = new Map();
  const cents = (text) => Math.round(Number(text) * 100);
  const yuan = (value) => `¥${(value / 100).toFixed(2)}`;

  function repaintTotal() {
    const chosen = all("[data-line]", cart).filter((line) => line.querySelector("[data-choose]").checked);
    const ids = chosen.map((line) => line.dataset.line);
    cart.querySelector("[data-sku-ids]").value = ids.join(",");
    cart.querySelector("[data-checkout]").disabled = ids.length === 0;
    cart.querySelector("[data-total]").textContent = yuan(ids.reduce((sum, id) => sum + (amounts.get(id) || 0), 0));
  }

  async function repaintCart() {
    const response = await fetch(cart.dataset.cartUrl, { credentials: "same-origin", headers: { Accept: "application/json" } });
    const { lines } = await response.json();
    if (lines.length === 0) return location.reload();
    const saved = new Map(lines.map((line) => [String(line.sku_id), line]));
    for (const element of all("[data-line]", cart)) {
      const line = saved.get(element.dataset.line);
      if (!line) {
        element.remove();
        continue;
      }
      const amount = cents(line.amount);
      amounts.set(element.dataset.line, amount);
      element.querySelector("[name=count]").value = line.count;
      element.querySelector("[data-amount]").textContent = yuan(amount);
    }
    repaintTotal();
  }

  if (cart) {
    for (const line of all("[data-line]", cart)) {
      amounts.set(line.dataset.line, cents(line.querySelector("[data-amount]").textContent.slice(1)));
      const choose = line.querySelector("[data-choose]");
      choose.hidden = false;
      choose.addEventListener("change", repaintTotal);
    }
    for (const button of all("[data-without-js]", cart)) button.hidden = true;
    repaintTotal();
  }

  // Quantity buttons. On the cart page a changed number is saved at once.
  for (const stepper of all("[data-stepper]")) {
    const input = stepper.querySelector("input");
    const save = () => {
      if (cart && input.reportValidity()) input.form.requestSubmit();
    };
    for (const button of all("[data-step]", stepper)) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const wanted = (Number(input.value) || 0) + Number(button.dataset.step);
        const next = Math.min(Math.max(wanted, 1), Number(input.max) || 999);
        if (next === Number(input.value)) return;
        input.value = next;
        save();
      });
    }
    input.addEventListener("change", save);
  }

  // A new picture for the same challenge, without losing what is typed.
  for (const link of all("[data-captcha-refresh]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const picture = document.querySelector("[data-captcha]");
      const address = new URL(picture.src);
      address.searchParams.set("refresh", Date.now());
      picture.src = address;
      document.querySelector("[name=captcha]").focus();
    });
  }

  // The order form is sent once; the server's idempotency key guards the rest.
  for (const form of all("form[data-once]")) {
    form.addEventListener("submit", () => {
      const button = form.querySelector("button:not([type=button])");
      setTimeout(() => { button.disabled = true; });
    });
    addEventListener("pageshow", () => { form.querySelector("button:not([type=button])").disabled = !form.querySelector("[name=addr_id]"); });
  }

  // The user menu closes on Escape and on a click elsewhere.
  for (const menu of all("details.menu")) {
    document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
    menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  }
})();
