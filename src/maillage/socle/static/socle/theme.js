// Apparence choisie, posée avant le premier dessin. Sans choix, celle de l'appareil.
(function () {
  var racine = document.documentElement;
  racine.classList.add("js");
  try {
    var theme = localStorage.getItem("maillage-theme");
    if (theme === "clair" || theme === "sombre") racine.setAttribute("data-theme", theme);
  } catch (_) { /* stockage refusé : l'appareil décide */ }
})();
