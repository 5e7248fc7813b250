// La raison n’est demandée que si la météo s’assombrit : on la cache sinon. Sans ce script, tout reste visible.
(function () {
  "use strict";
  var formulaire = document.querySelector("form[data-gravite]");
  if (!formulaire) return;
  var motif = document.getElementById("motif-meteo"), avant = Number(formulaire.getAttribute("data-gravite"));
  var annonce = document.getElementById("annonce-motif");
  function gravite() {
    var rang = -1;
    formulaire.querySelectorAll("input[name=meteo]").forEach(function (choix, i) { if (choix.checked) rang = i; });
    return rang;
  }
  function ajuster(dire) {
    var pire = gravite() > avant, champ = motif.querySelector("input, textarea");
    motif.hidden = !pire && !champ.value && !motif.querySelector(".erreurs");
    motif.firstElementChild.classList.toggle("demande", pire);
    var facultatif = motif.querySelector(".facultatif");
    if (facultatif) facultatif.hidden = pire;
    if (pire) champ.setAttribute("aria-required", "true"); else champ.removeAttribute("aria-required");
    if (dire) annonce.textContent = pire ? "La météo s’assombrit : dites pourquoi, juste dessous." : "";
  }
  formulaire.addEventListener("change", function (e) { if (e.target.name === "meteo") ajuster(true); });
  formulaire.addEventListener("input", function () { ajuster(false); });
  ajuster(false);
})();
