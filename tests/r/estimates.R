# The figures of R's package survey, for tests/test_estimates_of_a_file.py: Rscript estimates.R DESIGN.json prints JSON.
# DESIGN: rows (margins, by, weight, q as columns; null for blank), margins (population in each category), bounds or null.
library(survey)
library(jsonlite)

design <- fromJSON(commandArgs(TRUE)[1], simplifyVector = TRUE)
rows <- as.data.frame(design$rows, stringsAsFactors = FALSE)
n <- nrow(rows)
rows$base <- rows$weight / sum(rows$weight) * n
answered <- !is.na(rows$q)
rows$q[!answered] <- 0
given <- svydesign(ids = ~1, weights = ~base, data = rows)
calibrated <- given
columns <- names(design$margins)
if (length(columns)) {
  for (name in columns) rows[[name]] <- factor(rows[[name]], levels = names(design$margins[[name]]))
  given <- svydesign(ids = ~1, weights = ~base, data = rows)
  formula <- reformulate(columns)
  population <- c("(Intercept)" = n)
  for (name in columns) {
    shares <- unlist(design$margins[[name]])
    shares <- shares / sum(shares) * n
    population[paste0(name, names(shares)[-1])] <- shares[-1]
  }
  wanted <- colnames(model.matrix(formula, rows))
  calibrated <- if (is.null(design$bounds)) {
    calibrate(given, formula, population[wanted], calfun = "raking", epsilon = 1e-12, maxit = 200)
  } else {
    calibrate(given, formula, population[wanted], calfun = "logit", bounds = unlist(design$bounds), epsilon = 1e-12, maxit = 200)
  }
}
rows$w <- weights(calibrated)
taken <- svydesign(ids = ~1, weights = ~w, data = rows)

figures <- function(inside) {
  inside <- inside & answered
  mean_given <- svymean(~q, subset(taken, inside))
  mean_calibrated <- svymean(~q, subset(calibrated, inside))
  share <- unname(coef(mean_given)[1])
  logit <- if (share > 0 && share < 1) as.numeric(attr(svyciprop(~q, subset(taken, inside), method = "logit"), "ci")) else NULL
  list(n = sum(inside), share = share, se = unname(SE(mean_given)[1]), se_calibrated = unname(SE(mean_calibrated)[1]), logit = logit)
}

groups <- sort(unique(rows$by))
answer <- list(
  weights = as.numeric(weights(calibrated)) * n / sum(weights(calibrated)),
  estimates = c(list(figures(rep(TRUE, n))), lapply(groups, function(group) figures(rows$by == group)))
)
cat(toJSON(answer, auto_unbox = TRUE, digits = NA, null = "null"))
