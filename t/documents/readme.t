# The README, block by block: commands are run, configurations are loaded,
# directives are held against the module's table.  A block that this test does
# not know fails it.  Of the pages in docs/, what is nginx's or JSON.

use strict;
use warnings;

use Cwd qw(abs_path);
use FindBin;
use lib "$FindBin::Bin/../lib";
use JSON::PP;
use Test::More;

use Inv::Blocks qw(kind_of commands_of expected_statuses run_commands);
use Inv::Markdown;
use Inv::Test;

my $root = abs_path("$FindBin::Bin/../..");
my $readme = Inv::Markdown->new($root, 'README.md');

# Commands that are run by somebody else: by which file, or target of make.
# Those of by_hand take hours, or the whole machine.
my %elsewhere = (
    'make run'                            => 't/documents/run.t',
    'make build'                          => 't/documents/run.t',
    'make build NGINX_SRC=/usr/src/nginx' => 't/documents/run.t',
    'make test'                           => '.ci/run',
    'make check'                          => '.ci/run',
    'make unit'                           => 'make test',
    'make documents'                      => 'make test',
    'make api-fuzz'                       => 't/documents/schemathesis.t',
    'make sim'                            => 'make test',
    'make coherence'                      => 'make test',
    'make fuzz'                           => 'make test',
    'make chaos'                          => 'make asan',
    'make plans'                          => 'make test-all',
    'make deb'                            => 'make deb-test',
    'sudo apt install ./build/deb/libnginx-mod-http-inventory_*.deb' =>
        'make deb-test',
);
my %by_hand = map { $_ => 1 } 'make test-all', 'make bench', 'make soak';

# Blocks that nothing can run: how each begins, and where its subject is tested.
my %texts = (
    'redis://[[user]:password@]host' => 't/unit/test_redis_url.c',
    'ACL SETUSER shop on'            => 't/http/redis_servers.t',
);

sub slurp {
    my ($file) = @_;
    open my $in, '<', "$root/$file" or die "$file: $!\n";
    local $/;
    return scalar <$in>;
}

my %targets = map { $_ => 1 } slurp('Makefile') =~ /^([a-z][a-z-]*):/mg;
my $source = slurp('src/ngx_inventory_module.c');
my $sources = join '', map { slurp(substr $_, 1 + length $root) }
    glob "$root/src/*/*.c";
$sources =~ s/"\s*"//g;
my @formats;

# The module's directives, and where each may stand.
my %context = (MAIN => 'http', SRV => 'server', LOC => 'location');
my %directive;
while ($source =~ /ngx_string\("(inventory_\w+)"\),(.*?)\},/sg) {
    my ($name, $row) = ($1, $2);
    $directive{$name} = join ', ', map { $context{$_} }
        grep { $row =~ /NGX_HTTP_${_}_CONF\b/ } qw(MAIN SRV LOC);
}

my $t = Inv::Test->new;
my %own = (
    inventory_metrics => 'location /metrics { inventory_metrics; }',
    inventory_docs    => 'location /docs/ { inventory_docs; }',
);
$t->run(
    locations => join "\n",
    'location /api/ { inventory_api; }',
    'location /health { inventory_health; }',
    'location /office/ { inventory_api; inventory_admin on; }',
    map { $own{$_} } grep { $directive{$_} } sort keys %own
);
my %checks = (
    directive => \&check_directive,
    json      => \&check_json,
    log       => \&check_log,
    nginx     => \&check_nginx,
    shell     => \&check_shell,
    text      => \&check_text,
);
my %documented;

for my $block ($readme->blocks) {
    my $check = $checks{ kind_of($block) };
    my $name = "README.md:$block->{line}, $block->{heading}";
    if ($check) {
        subtest $name => sub { $check->($block) };
    } else {
        fail("$name: nobody knows what this is: " . kind_of($block));
    }
}
for my $file (map {"docs/$_.md"} qw(api operating design lists contributing)) {
    for my $block (Inv::Markdown->new($root, $file)->blocks) {
        my $kind = kind_of($block);
        next if $kind ne 'nginx' && $kind ne 'json';
        subtest "$file:$block->{line}" => sub { $checks{$kind}->($block) };
    }
}
is_deeply([ sort keys %documented ], [ sort keys %directive ],
    'every directive of the module has its place');

sub check_directive {
    my ($block) = @_;
    my %said = $block->{text} =~ /^(Syntax|Default|Context):[ ]+(.*)$/mg;
    my ($name) = $said{Syntax} =~ /^(\w+)/;
    $documented{$name} = 1;
    is($name, $block->{heading}, 'under its own name');
    ok(exists $directive{$name}, 'the module has it');
    is($said{Context}, $directive{$name}, 'and it may stand there');
    return if $said{Default} !~ /^inventory_/ || $said{Default} =~ /\$/;
    my ($ok, $output) = $t->check_config(directives => '',
        http => $said{Default});
    ok($ok, 'its default can be written') or diag($output);
    return;
}

sub check_json {
    my ($block) = @_;
    ok(eval { JSON::PP->new->utf8(0)->decode($block->{text}); 1 }, 'it is JSON')
        or diag($@);
    return;
}

# Lines of the error log: they begin as the module's source has them.
sub check_log {
    my ($block) = @_;
    for my $line (split /\n/, $block->{text}) {
        my ($said) = $line =~ /^\[\w+\] \S+ (inventory: [a-z ]+)/;
        ok(defined $said && index($sources, $said) >= 0, $line);
    }
    return;
}

# A whole configuration, or a part that fits somewhere, maybe with what stood
# before it on the page.
sub check_nginx {
    my ($block) = @_;
    my $text = $block->{text};
    my $said = '';
    for my $before ('', join '', @formats) {
        for my $configuration (configurations($text, $before)) {
            my ($ok, $output) = $t->check_text($configuration);
            if ($ok) {
                push @formats, $text if $text =~ /^(?:log_format|map)\b/m;
                return pass('nginx takes it');
            }
            $said .= $output;
        }
    }
    fail('nginx takes it');
    diag($said);
    return;
}

# before: what stands in http besides.
sub configurations {
    my ($text, $before) = @_;
    my $module = Inv::Nginx::module();
    my $dir = $t->dir . '/check';
    my %servers = map { $_ => 1 } $text =~ m{proxy_pass\s+http://(\w+)}g;
    delete @servers{ $text =~ /^upstream (\w+)/mg };
    $before .= "upstream $_ { server 127.0.0.1:1; }\n" for sort keys %servers;
    $text =~ s/^load_module .*;\n/load_module $module;\n/m;
    if ($text =~ /^(?:http|events|load_module|worker_\w+)\b/m) {
        return "error_log $dir/error.log; pid $dir/nginx.pid;\n$text\n"
            . ($text =~ /^events/m ? '' : "events {}\n")
            . ($text =~ /^http/m   ? '' : "http {}\n");
    }
    return map { $t->config(directives => '', http => $before, %{$_}) } (
        { locations => $text },
        { server    => $text, locations => '' },
        { http   => "$before$text", locations => '' },
    );
}

sub check_shell {
    my ($block) = @_;
    my @commands = commands_of($block->{text});
    my @own = grep { !exists $elsewhere{$_} && !$by_hand{$_} } @commands;
    for my $command (@commands) {
        my ($target) = $command =~ /^make (\S+)/;
        ok($targets{$target}, "$command: there is such a target") if $target;
        my $by = $elsewhere{$command} // next;
        my ($other) = $by =~ /^make (\S+)/;
        ok($other ? $targets{$other} : -e "$root/$by", "it is run by $by");
    }
    return if !@own;
    return fail("nobody knows who runs: $_") for grep {/^make\b/} @own;
    my $modules = $t->dir . '/modules';
    mkdir $modules;
    my $ran = run_commands(
        join("\n", @own),
        dir     => $root,
        scratch => $t->dir,
        replace => [
            [ '127.0.0.1:8080',          '127.0.0.1:' . $t->port ],
            [ '/usr/lib/nginx/modules/', "$modules/" ],
        ],
    );
    ok($ran->{ok}, 'it runs') or diag($ran->{output});
    my @expected = expected_statuses($block->{text});
    my @got = @{ $ran->{statuses} };
    for my $i (0 .. $#expected) {
        $expected[$i] //= ($got[$i] // '') =~ /^[23]/ ? $got[$i] : '2xx';
    }
    is("@got", "@expected", 'and is answered as it says');
    return;
}

sub check_text {
    my ($block) = @_;
    my ($known) = grep { index($block->{text}, $_) == 0 } keys %texts;
    ok($known, 'it is known') or return diag($block->{text});
    ok(-e "$root/$texts{$known}", "$texts{$known} is about it");
    return;
}

# "Take the comment marks off": of the two blocks of conf/nginx.conf that have any.
my $conf = slurp('conf/nginx.conf');
my $marked = $conf;
$marked =~ s/^( *)# ( *(?:location|inventory_\w+|allow|deny|auth_basic\w*|\}).*)$/$1$2/mg;
isnt($marked, $conf, 'conf/nginx.conf has blocks to take the marks off');
like($marked, qr/^ *location \/office\/ \{\n *inventory_api;\n *inventory_admin on;/m,
    'that of administrators among them');
my $module = Inv::Nginx::module();
mkdir $t->dir . "/$_" for qw(check check/logs check/tmp);
$marked =~ s/listen 127\.0\.0\.1:8080\b/'listen 127.0.0.1:' . $t->port('conf')/e;
my ($taken, $output) = $t->check_text("load_module $module;\n$marked");
ok($taken, 'nginx takes it without them') or diag($output);

# Where the packaged nginx looks for what `sudo install` has put there.
like(scalar `nginx -V 2>&1`, qr{--modules-path=/usr/lib/nginx/modules\b},
    "modules lie where the README's line puts them");

$t->done;
