module gist

go 1.19
