step
bogus
step
