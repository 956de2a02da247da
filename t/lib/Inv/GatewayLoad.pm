package Inv::GatewayLoad;

# Clients of the gateway, all at once: each a curl that keeps its connection as
# long as it is kept for it, and goes through a list of requests.

use strict;
use warnings;

use Inv::Process;
use Time::HiRes qw(sleep);

# Requests a second of one client at most: a load has to last while things
# happen, on fast machines too.
use constant RATE => 60;

# gateway: an Inv::Gateway; name: the machine whose edge is asked; clients: how
# many share the requests.  A request: tag (one word), method, path, headers
# (list of pairs), body.  Each comes from an address of its own: no limit is
# what this is about.
sub new {
    my ($class, %opt) = @_;
    my $self = bless { %opt, lists => [ map { [] } 1 .. $opt{clients} ] },
        $class;
    my $n = 0;
    for my $request (@{ $opt{requests} }) {
        push @{ $self->{lists}[ $n++ % $opt{clients} ] }, $request;
    }
    return $self;
}

# Runs it all; at: [share of the answers, what then happens], in order.
# {tag => {status, exit, connects}}, where exit is curl's.
sub run {
    my ($self, @at) = @_;
    my $total = @{ $self->{requests} };
    my @running = map { $self->_start($_) } 0 .. $#{ $self->{lists} };
    while (grep { !defined $_->{process}->ended } @running) {
        my $answered = 0;
        $answered += () = $_->{process}->output =~ /\n/g for @running;
        if (@at && $answered >= $at[0][0] * $total) {
            (shift @at)->[1]->();
        }
        sleep 0.01;
    }
    die "the load was over before all had happened\n" if @at;
    return { map { _answers($_->{process}->output) } @running };
}

sub _start {
    my ($self, $n) = @_;
    my $dir  = $self->{gateway}{t}->dir;
    my $name = sprintf '%s/load-%d-%06x', $dir, $n, int rand 1 << 24;
    open my $out, '>', "$name.curl" or die "$name.curl: $!\n";
    print {$out} 'rate = "', RATE, "/s\"\n", join "next\n",
        map { $self->_section($n, $_) } @{ $self->{lists}[$n] };
    close $out or die "$name.curl: $!\n";
    return { process => Inv::Process->start("$name.log", 'curl', '--config',
            "$name.curl") };
}

my $address = 0;

sub _section {
    my ($self, $n, $request) = @_;
    my $name = $self->{name};
    my @options = $self->{gateway}->curl_options($name);
    my @lines = ("url = \""
            . $self->{gateway}->url($name, 'world', $request->{path}) . '"',
        'silent', 'output = /dev/null', 'max-time = 20',
        $n % 2 ? 'http2' : 'http1.1', "request = $request->{method}");
    while (my ($option, $value) = splice @options, 0, 2) {
        push @lines, substr($option, 2) . " = \"$value\"";
    }
    $address++;
    my @headers = ('X-Forwarded-For' => join('.', 10, $address >> 16,
            $address >> 8 & 255, $address & 255), @{ $request->{headers} });
    while (my ($header, $value) = splice @headers, 0, 2) {
        push @lines, "header = \"$header: $value\"";
    }
    if (defined $request->{body}) {
        (my $body = $request->{body}) =~ s/(["\\])/\\$1/g;
        push @lines, 'header = "Content-Type: application/json"',
            "data-binary = \"$body\"";
    }
    push @lines, "write-out = \"$request->{tag} %{http_code} %{exitcode} "
        . '%{num_connects}\n"';
    return join('', map {"$_\n"} @lines);
}

sub _answers {
    my ($text) = @_;
    my %answer;
    for my $line (split /\n/, $text) {
        my ($tag, $status, $exit, $connects)
            = $line =~ /^(\S+) (\d+) (\d+) (\d+)$/
            or die "curl said: $line\n";
        $answer{$tag} = {
            status   => $status,
            exit     => $exit,
            connects => $connects,
        };
    }
    return %answer;
}

1;
