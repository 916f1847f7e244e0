# to the first gradient and back
step

back
