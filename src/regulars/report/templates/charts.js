for (const spec of document.querySelectorAll("script[data-chart]")) {
  const options = {
    ast: true,
    renderer: "svg",
    actions: false,
    defaultStyle: false,
    tooltip: { disableDefaultStyle: true },
  };
  vegaEmbed(document.getElementById(spec.dataset.chart), JSON.parse(spec.textContent), options);
}
