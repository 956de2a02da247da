# The directives: defaults, wrong values, contexts, and that nginx -t does no I/O.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib";
use Test::More;

use Inv::Test;

use IO::Select;
use IO::Socket::INET;

my $t = Inv::Test->new;

sub accepted {
    my ($name, %part) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($ok, $output) = $t->check_config(directives => '', %part);
    ok($ok, "accepted: $name") or diag($output);
    return;
}

# The line that ends in "# here" is to be named.
sub refused {
    my ($name, $saying, %part) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $text = $t->config(directives => '', %part);
    my @lines = split /\n/, $text;
    my ($line) = grep { $lines[ $_ - 1 ] =~ /# here$/ } 1 .. @lines;
    my ($ok, $output) = $t->check_text($text);
    ok(!$ok && $output =~ $saying && $output =~ /nginx\.conf:$line\b/,
        "refused: $name")
        or diag("line $line; $output");
    return;
}

sub refused_value {
    my ($directive) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($name) = $directive =~ /^(\w+)/;
    return refused($directive, qr/\[emerg\].*(?:$name|invalid|unknown)/,
        http => "$directive; # here");
}

accepted('nothing but locations');
accepted('everything said', http => <<'EOT', main => 'thread_pool mine threads=4;');
    inventory_mongo mongodb://db1.example:27017,db2.example/shop?replicaSet=r0;
    inventory_redis redis://cache.example:6379/2;
    inventory_zone 8m;
    inventory_cache redis=30s;
    inventory_timeout 1500ms;
    inventory_principal $remote_user;
    inventory_threads mine;
EOT
accepted('a password', http => 'inventory_redis redis://:secret@cache:6379/0;');
accepted('a user and a password',
    http => 'inventory_redis redis://someone:secret@cache/0;');
accepted('SRV', http => 'inventory_mongo mongodb+srv://cluster0.db.example/shop;');
accepted('redis off', http => 'inventory_redis off;');
accepted('cache off', http => 'inventory_cache redis=off;');
accepted('timeout and principal in a server and a location',
    server    => 'inventory_timeout 1s; inventory_principal $remote_user;',
    locations => <<'EOT');
        location /api/ {
            inventory_api;
            inventory_timeout 3s;
            inventory_principal "fixed";
        }
EOT
accepted('nested, exact and caret-tilde locations', locations => <<'EOT');
        location /api/ { inventory_api; location /api/inner/ { deny all; } }
        location ^~ /shop/ { inventory_api; }
        location = /health { inventory_health; }
EOT

refused_value($_) for (
    'inventory_mongo http://db/shop',
    'inventory_mongo mongodb://',
    'inventory_mongo ""',
    'inventory_mongo mongodb://db/shop?replicaSet=',
    'inventory_mongo',
    'inventory_mongo mongodb://db/a mongodb://db/b',
    'inventory_redis http://cache',
    'inventory_redis rediss://cache:notaport',
    'inventory_redis redis://',
    'inventory_redis redis://cache:notaport',
    'inventory_redis redis://cache:70000',
    'inventory_redis redis://cache/notanumber',
    'inventory_redis ""',
    'inventory_redis on',
    'inventory_zone 0',
    'inventory_zone 1k',
    'inventory_zone lots',
    'inventory_zone 1m 2m',
    'inventory_cache redis=soon',
    'inventory_cache redis=',
    'inventory_cache redis=0',
    'inventory_cache memcached=1s',
    'inventory_cache 60s',
    'inventory_cache redis=1s redis=2s',
    'inventory_timeout later',
    'inventory_timeout 0',
    'inventory_timeout -1s',
    'inventory_timeout 1s 2s',
    'inventory_principal',
    'inventory_threads',
    'inventory_threads nosuchpool',
);

refused("$_ twice", qr/duplicate/, http => "$_;\n$_; # here") for (
    'inventory_mongo mongodb://db/shop',
    'inventory_redis off',
    'inventory_zone 8m',
    'inventory_cache redis=1s',
    'inventory_timeout 1s',
    'inventory_principal $remote_user',
    'inventory_threads default',
);
for my $kind ('api', 'health') {
    refused("inventory_$kind twice", qr/duplicate/, locations =>
            "location /x/ {\ninventory_$kind;\ninventory_$kind; # here\n}");
    refused("inventory_$kind with a parameter", qr/number of arguments/,
        locations => "location /x/ {\ninventory_$kind on; # here\n}");
    refused("inventory_$kind outside a location", qr/not allowed here/,
        server => "inventory_$kind; # here");
}
refused("$_ in a server", qr/not allowed here/, server => "$_; # here") for (
    'inventory_mongo mongodb://db/shop',
    'inventory_redis off',
    'inventory_zone 8m',
    'inventory_cache redis=1s',
);

my $prefix = qr/inventory_api/;
refused('in a regex location', $prefix,
    locations => "location ~ ^/api/ {\ninventory_api; # here\n}");
refused('in a named location', $prefix,
    locations => "location \@api {\ninventory_api; # here\n}");
refused('in an if', $prefix,
    locations =>
        "location /api/ {\nif (\$arg_x) {\ninventory_api; # here\n}\n}");
refused('under a regex location', $prefix,
    locations =>
        "location ~ ^/a {\nlocation ~ ^/api {\ninventory_api; # here\n}\n}");

# nginx finds this one itself, when all is read.
my ($taken, $said) = $t->check_config(directives => '',
    http => 'inventory_principal $nosuchvariable;');
ok(!$taken && $said =~ /unknown "nosuchvariable" variable/,
    'refused: a variable that nobody has');

# A password is never repeated.
my (undef, $output) = $t->check_config(directives => '',
    http => 'inventory_mongo mongodb://u:hunter2@/shop;');
unlike($output, qr/hunter2/, 'a refused MongoDB URI keeps its password');
(undef, $output) = $t->check_config(directives => '',
    http => 'inventory_redis redis://u:hunter2@cache:port;');
unlike($output, qr/hunter2/, 'a refused Redis URL keeps its password');

# The driver reads the files of TLS in the workers, which nginx starts as
# another user than the master.
sub with_file {
    my ($option, $path, %part) = @_;
    return $t->check_config(
        directives => '',
        http => qq{inventory_mongo "mongodb://db/shop?tls=true&$option=$path";},
        %part
    );
}

# Users and groups of a process.
sub rights_of {
    my ($pid) = @_;
    open my $in, '<', "/proc/$pid/status" or die "/proc/$pid/status: $!\n";
    return join '', grep {/^(?:Uid|Gid|Groups):/} <$in>;
}

for my $option (qw(tlsCAFile tlsCertificateKeyFile)) {
    my $missing = $t->dir . '/none.pem';
    my ($ok, $said) = with_file($option, $missing);
    ok(!$ok, "refused: $option that is missing");
    like($said, qr/\[emerg\].*$option "\Q$missing\E": No such file/,
        'its path is said, and why');
}
SKIP: {
    skip 'only root starts workers as another user', 7 if $> != 0;
    my $file = $t->write_file('ca.pem', "a certificate\n");
    my $group = (getpwnam 'nobody')[3];
    my @user = (main => 'user nobody ' . getgrgid($group) . ';');
    for ([ 0600, 0, 0 ], [ 0640, 0, 0 ], [ 0640, $group, 1 ], [ 0644, 0, 1 ]) {
        my ($mode, $owner, $readable) = @{$_};
        chmod $mode, $file;
        chown 0, $owner, $file;
        my ($ok, $said) = with_file('tlsCAFile', $file, @user);
        is($ok ? 1 : 0, $readable, sprintf 'mode %o of group %d', $mode, $owner)
            or diag($said);
        like($said, qr/\[emerg\].*nobody cannot read tlsCAFile.*denied/,
            'who cannot read it is said') if !$readable;
    }
    my $nginx = $t->run_beside('tls', directives => '', @user, http =>
            qq{inventory_mongo "mongodb://127.0.0.1:1/?tlsCAFile=$file";});
    is(rights_of($nginx->pid), rights_of($$), 'the master is root again');
}

# Nobody calls where the URIs point, and no name is looked up.
my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5);
my $port = $listener->sockport;
accepted('servers that listen', http => <<"EOT");
    inventory_mongo mongodb://127.0.0.1:$port/shop;
    inventory_redis redis://127.0.0.1:$port;
EOT
ok(!IO::Select->new($listener)->can_read(0), 'nginx -t connects to nobody');
accepted('names that do not exist', http => <<'EOT');
    inventory_mongo mongodb://nosuchhost.invalid/shop;
    inventory_redis redis://nosuchhost.invalid;
EOT

# The environment is the default of both; a wrong URI there is told too.
{
    local $ENV{MONGO_URI} = 'nonsense';
    my ($ok, $said) = $t->check_config(directives => '');
    ok(!$ok && $said =~ /\[emerg\].*MongoDB.*environment/, 'MONGO_URI is checked')
        or diag($said);
}
{
    local $ENV{REDIS_URL} = 'nonsense';
    my ($ok, $said) = $t->check_config(directives => '');
    ok(!$ok && $said =~ /\[emerg\].*Redis.*environment/, 'REDIS_URL is checked')
        or diag($said);
}
{
    local $ENV{MONGO_URI} = 'nonsense';
    local $ENV{REDIS_URL} = 'nonsense';
    accepted('directives win over the environment', http => <<'EOT');
    inventory_mongo mongodb://db/shop;
    inventory_redis off;
EOT
}
{
    local $ENV{MONGO_URI} = $t->mongo_uri;
    local $ENV{REDIS_URL} = $t->redis_url;
    $t->run(directives => 'inventory_timeout 10s;');
    my $product = $t->create(name => 'from the environment');
    is($t->mongo->product($product->{id})->{name}, 'from the environment',
        'MONGO_URI is used');
}

$t->done;
