commands circle.cmd
