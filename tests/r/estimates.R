# The figures of R's package survey, for tests/r/designs.py: Rscript estimates.R DESIGNS.json prints JSON.
# Each design: rows (margins, by, weight, q as columns; null for blank), margins (population in each category), bounds or null.
if (!all(vapply(c("survey", "MASS", "jsonlite"), requireNamespace, logical(1), quietly = TRUE))) quit(status = 3)
suppressPackageStartupMessages(library(survey))

figures_of <- function(design) {
  # A column that is blank throughout its first rows is no list, and a blank is NA.
  column <- function(cells, kind) vapply(cells, function(cell) if (is.null(cell)) kind(NA) else kind(cell), kind(1))
  columns <- names(design$margins)
  rows <- as.data.frame(lapply(design$rows[c(columns, "by")], column, as.character), stringsAsFactors = FALSE)
  rows$q <- column(design$rows$q, as.numeric)
  rows$weight <- column(design$rows$weight, as.numeric)
  n <- nrow(rows)
  rows$base <- rows$weight / sum(rows$weight) * n
  answered <- !is.na(rows$q)
  rows$q[!answered] <- 0
  for (name in columns) rows[[name]] <- factor(rows[[name]], levels = names(design$margins[[name]]))
  given <- svydesign(ids = ~1, weights = ~base, data = rows)
  formula <- reformulate(columns)
  population <- c("(Intercept)" = n)
  for (name in columns) {
    shares <- unlist(design$margins[[name]])
    shares <- shares / sum(shares) * n
    population[paste0(name, names(shares)[-1])] <- shares[-1]
  }
  wanted <- population[colnames(model.matrix(formula, rows))]
  calibrated <- if (is.null(design$bounds)) {
    calibrate(given, formula, wanted, calfun = "raking", epsilon = 1e-12, maxit = 200)
  } else {
    calibrate(given, formula, wanted, calfun = "logit", bounds = unlist(design$bounds), epsilon = 1e-12, maxit = 200)
  }
  rows$w <- weights(calibrated)
  taken <- svydesign(ids = ~1, weights = ~w, data = rows)
  figures <- function(inside) {
    inside <- inside & answered
    mean_given <- svymean(~q, subset(taken, inside))
    mean_calibrated <- svymean(~q, subset(calibrated, inside))
    # Where all said the same there is no range; by rounding, the share may be just off 0 or 1 there.
    logit <- if (length(unique(rows$q[inside])) == 2) {
      as.numeric(attr(svyciprop(~q, subset(taken, inside), method = "logit"), "ci"))
    }
    list(
      n = sum(inside), share = unname(coef(mean_given)[1]), se = unname(SE(mean_given)[1]),
      se_calibrated = unname(SE(mean_calibrated)[1]), logit = logit
    )
  }
  groups <- sort(unique(rows$by))
  list(
    weights = signif(as.numeric(weights(calibrated)) * n / sum(weights(calibrated)), 12),
    estimates = c(list(figures(rep(TRUE, n))), lapply(groups, function(group) figures(rows$by == group)))
  )
}

designs <- jsonlite::fromJSON(commandArgs(TRUE)[1], simplifyVector = FALSE)
answer <- list(
  r = as.character(getRversion()), survey = as.character(packageVersion("survey")), designs = lapply(designs, figures_of)
)
cat(jsonlite::toJSON(answer, auto_unbox = TRUE, digits = NA, null = "null"))
