# shellcheck shell=sh
# The causes of a failed setup. scripts/setup.sh sources this file.

output=

# Whether the output of the failed command has a line of this kind.
has() { printf '%s\n' "$output" | grep -Eqi -e "$1"; }

# Hides the user and the password in URLs.
masked() { sed 's#://[^/@ ]*@#://***@#g'; }

# Prints the output of the failed command, then one sentence with the cause and one with the remedy:
# what failed, the cause if the output is of no known kind.
fail() {
    index=$(printf '%s' "${UV_DEFAULT_INDEX:-${PIP_INDEX_URL:-https://pypi.org/simple}}" | masked)
    proxy=$(printf '%s' "${HTTPS_PROXY:-${HTTP_PROXY:-${ALL_PROXY:-}}}" | masked)
    through=${proxy:+ through the proxy $proxy}
    page="docs/network.md says how to set them"
    if has 'No space left on device|quota exceeded'; then
        why="the disk is full"
        remedy="Free some space here, in the folder for temporary files, and in the cache of uv (uv cache dir)"
    elif has 'Permission denied|Read-only file system'; then
        why="a file or folder cannot be written, see above"
        remedy="Correct its permissions, or move this repository to a folder that you own"
    elif has 'missing an upload date'; then
        why="the package index $index does not say when files were uploaded, and exclude-newer in pyproject.toml needs that"
        remedy="Set UV_EXCLUDE_NEWER=false in .env, or let the index send upload times; docs/network.md describes both"
    elif has 'CERTIFICATE_VERIFY_FAILED|certificate verify failed|invalid peer certificate|UnknownIssuer|TLS CA certificate bundle|unable to get local issuer'; then
        why="the certificate of the package index $index is not trusted"
        remedy="Set SSL_CERT_FILE to a file with the certificates of your company; $page"
    elif has 'proxy authorization required|(^|[^0-9])407 '; then
        why="the proxy $proxy requires a user and a password"
        remedy="Write them into HTTPS_PROXY, as http://user:password@host:port; $page"
    elif has 'tunnel error|ProxyError|connect to proxy|Tunnel connection failed'; then
        why="the proxy $proxy does not answer, or refuses to connect to the package index $index"
        remedy="Correct HTTPS_PROXY, or name the index in NO_PROXY if it is inside of your network; $page"
    elif has 'Name or service not known|Temporary failure in name resolution|name resolution|dns error|getaddrinfo|nodename nor servname'; then
        why="the host of the package index $index was not found"
        remedy="Check the network. If you need a proxy or an index of your company, set HTTPS_PROXY or UV_DEFAULT_INDEX; $page"
    elif has 'Network is unreachable|No route to host|os error 101|os error 113'; then
        why="there is no network connection to the package index $index$through"
        remedy="Check the network. If you need a proxy, set HTTPS_PROXY; $page"
    elif has 'Connection refused'; then
        why="the package index $index refused the connection$through"
        remedy="Check the address and the port in UV_DEFAULT_INDEX and HTTPS_PROXY; $page"
    elif has 'time(d )?out|operation was canceled'; then
        why="the package index $index did not answer in time$through"
        remedy="Check the network. If you need a proxy or an index of your company, set HTTPS_PROXY or UV_DEFAULT_INDEX; $page"
    elif has 'Network connectivity is disabled|network was disabled'; then
        why="UV_OFFLINE is set, and a file is not in the cache of uv"
        remedy="Unset UV_OFFLINE"
    elif has '(^|[^0-9])40[13] |Unauthorized|Forbidden|HTTP error 40[13]'; then
        why="the package index $index refused the user or the password"
        remedy="Write them into UV_DEFAULT_INDEX, as https://user:password@host/path; $page"
    elif has 'there (is|are) no versions? of|from versions: [0-9]'; then
        why="the package index $index does not have a version that this repository needs, see above"
        remedy="Let the index mirror this version, or set UV_DEFAULT_INDEX to another index; $page"
    elif has 'not found in the package registry|from versions: none|(^|[^0-9])404 |No matching distribution'; then
        why="there is no package index at $index, or it lacks a package, see above"
        remedy="Check UV_DEFAULT_INDEX, which usually ends with /simple; $page"
    elif has '(^|[^0-9])50[0-9] |server error'; then
        why="the package index $index has an error of its own, see above"
        remedy="Try it later, or ask those who run the index"
    else
        why=$2
        remedy="If it is about the package index, check the network, the proxy and UV_DEFAULT_INDEX; $page"
    fi
    printf '%s\n' "$output" | masked >&2
    printf '%s: %s.\n%s. Then run make setup again.\n' "$1" "$why" "$remedy" >&2
}
