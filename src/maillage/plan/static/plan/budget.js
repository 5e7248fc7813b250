/* La grille du budget : coller un bloc d’un tableur dans les cases, totaux tenus à jour.
   Sans ce script, tout marche : le serveur lit la grille et refait les totaux. */
(() => {
  const grille = document.querySelector("table[data-grille]");
  if (!grille || !grille.querySelector("input[data-mesure]")) return;
  const annonce = document.getElementById("annonce-collage");
  const cases = (ligne) => [...ligne.querySelectorAll("input[data-mesure]")];
  const lignes = () => [...grille.tBodies[0].rows];
  const fine = "\u202f";

  // En centimes entiers : aucun nombre à virgule flottante ne touche un montant.
  function centimes(texte) {
    const net = texte.replace(/[\s\u00a0\u202f€]/g, "").replace(",", ".");
    if (net === "") return null;
    const lu = /^(\d+)(?:\.(\d{1,2}))?$/.exec(net);
    return lu ? BigInt(lu[1]) * 100n + BigInt((lu[2] || "").padEnd(2, "0") || 0) : NaN;
  }
  function ecrire(total) {
    if (total === null) return "–";
    const euros = (total / 100n).toString().replace(/\B(?=(\d{3})+$)/g, fine);
    const reste = total % 100n;
    return euros + (reste ? "," + reste.toString().padStart(2, "0") : "") + "\u00a0€";
  }
  function somme(champs) {
    let total = null;
    for (const champ of champs) {
      const valeur = centimes(champ.value);
      if (Number.isNaN(valeur)) return undefined;
      if (valeur !== null) total = (total ?? 0n) + valeur;
    }
    return total;
  }
  function montrer(cellule, champs) {
    const total = somme(champs);
    cellule.textContent = total === undefined ? "à recalculer" : ecrire(total);
  }
  function refaire() {
    const tout = cases(grille);
    for (const ligne of lignes())
      for (const cellule of ligne.querySelectorAll("[data-total-ligne]"))
        montrer(cellule, cases(ligne).filter((c) => c.dataset.mesure === cellule.dataset.totalLigne));
    for (const cellule of grille.querySelectorAll("[data-total-mesure]")) {
      const { totalAnnee, totalMesure } = cellule.dataset;
      montrer(cellule, tout.filter((c) => c.dataset.mesure === totalMesure
        && (totalAnnee === undefined || c.dataset.annee === totalAnnee)));
    }
  }
  grille.addEventListener("input", refaire);
  grille.addEventListener("paste", (evenement) => {
    const depart = evenement.target;
    if (!depart.dataset || !depart.dataset.mesure) return;
    const texte = evenement.clipboardData.getData("text/plain");
    if (!/[\t\n]/.test(texte.trim())) return;
    evenement.preventDefault();
    const rangees = texte.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n");
    const toutes = lignes();
    const premiere = toutes.indexOf(depart.closest("tr"));
    const colonne = cases(depart.closest("tr")).indexOf(depart);
    let posees = 0, perdues = 0;
    rangees.forEach((rangee, i) => rangee.split("\t").forEach((valeur, j) => {
      const ligne = toutes[premiere + i];
      const champ = ligne && cases(ligne)[colonne + j];
      if (!champ) { if (valeur.trim()) perdues += 1; return; }
      champ.value = valeur.trim();
      posees += 1;
    }));
    refaire();
    annonce.textContent = `${posees} cases remplies.` + (perdues ? ` ${perdues} ne tenaient pas dans la grille.` : "");
    annonce.classList.toggle("hors-ecran", !perdues);
  });
})();
