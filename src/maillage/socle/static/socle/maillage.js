// Améliorations : apparence, focus du résumé des erreurs, saisie gardée, infobulles. Tout marche sans.
(function () {
  "use strict";
  var racine = document.documentElement;

  function lire(cle) { try { return JSON.parse(localStorage.getItem(cle)); } catch (_) { return null; } }
  function ecrire(cle, valeur) { try { localStorage.setItem(cle, JSON.stringify(valeur)); } catch (_) { /* plein ou refusé */ } }
  function oublier(cle) { try { localStorage.removeItem(cle); } catch (_) { /* refusé */ } }

  // Apparence
  document.querySelectorAll("[data-theme-choix]").forEach(function (choix) {
    choix.value = racine.getAttribute("data-theme") || "";
    choix.addEventListener("change", function () {
      if (choix.value) racine.setAttribute("data-theme", choix.value);
      else racine.removeAttribute("data-theme");
      try {
        if (choix.value) localStorage.setItem("maillage-theme", choix.value);
        else localStorage.removeItem("maillage-theme");
      } catch (_) { /* refusé : vaut pour cette page */ }
    });
  });

  // Le résumé des erreurs reçoit le focus ; ses liens portent au champ
  var resume = document.getElementById("resume-erreurs");
  if (resume) resume.focus();

  // Échap : fermer le menu plié, cacher les infobulles jusqu'au prochain geste
  document.addEventListener("keydown", function (e) {
    if (e.key !== "Escape") return;
    racine.classList.add("sans-bulle");
    document.querySelectorAll(".menu-pli[open]").forEach(function (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    });
  });
  ["focusin", "pointerover"].forEach(function (geste) {
    document.addEventListener(geste, function (e) {
      if (e.target.closest && e.target.closest(".tuile")) racine.classList.remove("sans-bulle");
    });
  });

  // Brouillons : la saisie d'un long formulaire reste sur cet appareil, sept jours au plus
  var PREFIXE = "maillage-brouillon:", SEMAINE = 7 * 24 * 3600 * 1000;
  function champsDe(formulaire) {
    return Array.prototype.filter.call(formulaire.elements, function (c) {
      return c.name && c.name !== "csrfmiddlewaretoken" && !c.disabled &&
        ["hidden", "password", "file", "submit", "button"].indexOf(c.type) < 0;
    });
  }
  function etatDe(formulaire) {
    return champsDe(formulaire).map(function (c) {
      if (c.type === "checkbox" || c.type === "radio") return [c.name, c.value, c.checked];
      if (c.multiple) return [c.name, null, Array.prototype.map.call(c.selectedOptions, function (o) { return o.value; })];
      return [c.name, null, c.value];
    });
  }
  function remettre(formulaire, etat) {
    champsDe(formulaire).forEach(function (c, rang) {
      var garde = etat[rang];
      if (!garde || garde[0] !== c.name) return;
      if (c.type === "checkbox" || c.type === "radio") c.checked = garde[2];
      else if (c.multiple) Array.prototype.forEach.call(c.options, function (o) { o.selected = garde[2].indexOf(o.value) >= 0; });
      else c.value = garde[2];
    });
  }
  var presents = {};
  document.querySelectorAll("form[data-brouillon]").forEach(function (formulaire) {
    var cle = PREFIXE + formulaire.getAttribute("data-brouillon"), garde = lire(cle), attente;
    presents[cle] = true;
    if (garde && Date.now() - garde.quand < SEMAINE && JSON.stringify(garde.etat) !== JSON.stringify(etatDe(formulaire))) {
      var zone = document.createElement("div"), texte = document.createElement("div");
      var reprendre = document.createElement("button"), effacer = document.createElement("button");
      zone.className = "alerte"; zone.setAttribute("role", "status");
      texte.textContent = "Une saisie non envoyée est gardée sur cet appareil, du " +
        new Date(garde.quand).toLocaleString("fr-FR", { dateStyle: "long", timeStyle: "short" }) + ". ";
      reprendre.type = effacer.type = "button";
      reprendre.className = "bouton second"; effacer.className = "bouton lien";
      reprendre.textContent = "Reprendre cette saisie"; effacer.textContent = "L’effacer";
      reprendre.addEventListener("click", function () {
        remettre(formulaire, garde.etat);
        formulaire.dispatchEvent(new Event("input", { bubbles: true }));
        zone.remove();
      });
      effacer.addEventListener("click", function () { oublier(cle); zone.remove(); });
      texte.append(reprendre, " ", effacer); zone.append(texte); formulaire.prepend(zone);
    }
    formulaire.addEventListener("input", function () {
      clearTimeout(attente);
      attente = setTimeout(function () { ecrire(cle, { quand: Date.now(), etat: etatDe(formulaire) }); }, 600);
    });
    formulaire.addEventListener("submit", function () {
      clearTimeout(attente);
      ecrire(cle, { quand: Date.now(), etat: etatDe(formulaire), envoye: true });
    });
  });
  // Envoyé et la page suivante n'est plus ce formulaire : c'est enregistré, on oublie. Trop vieux : on oublie aussi.
  try {
    Object.keys(localStorage).forEach(function (cle) {
      if (cle.indexOf(PREFIXE) !== 0) return;
      var garde = lire(cle), panne = document.querySelector(".page-erreur");
      if (!garde || Date.now() - garde.quand > SEMAINE || (garde.envoye && !presents[cle] && !panne)) oublier(cle);
    });
  } catch (_) { /* stockage refusé */ }

  // Quitter avec une saisie non envoyée : le navigateur demande confirmation
  document.querySelectorAll("form[data-garder]").forEach(function (formulaire) {
    var change = false;
    formulaire.addEventListener("input", function () { change = true; });
    formulaire.addEventListener("submit", function () { change = false; });
    window.addEventListener("beforeunload", function (e) { if (change) e.preventDefault(); });
  });
})();
